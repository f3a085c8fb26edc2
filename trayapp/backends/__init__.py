"""Where the model runs: local vLLM, Ollama, a remote server."""
