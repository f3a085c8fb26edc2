"""vLLM Tray: a tray icon that runs a large language model on this computer with vLLM."""

__version__ = "0.1.0"
