"""What stands behind a window: it listens to the app, asks the machine, and hands the window values to render."""

OPENED_BY = {
    "show_activity": "activity",
    "show_log": "log",
    "try_it": "try_it",
    "set_up_places": "place",
    "use_ollama": "use_ollama",
    "connect": "connect",
    "show_about": "about",
    "show_settings": "settings",
    "choose_model": "choose_model",
    "choose_smaller_model": "models_smaller",
    "download_again": "models_again",
    "set_up": "set_up",
    "update_runtime": "update_vllm",
}
"""Wish: the module in here whose `show` opens its window."""
