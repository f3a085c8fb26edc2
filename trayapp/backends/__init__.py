"""Where the model runs: vLLM on this computer, Ollama, or a server elsewhere; each behind supervision/running.py."""
