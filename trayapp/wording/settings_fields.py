"""Each setting of the settings window: its label, its unit, and one sentence of help."""

from trayapp.wording.translation import _
from trayapp.wording.units import figure_words


def fields_words() -> dict[str, tuple[str, str, str]]:
    """Return label, unit and help of each."""
    return {
        "model": (_("Model"), "", _("A folder with config.json, an id on the Hugging Face Hub, or selftest.")),
        "served_model_name": (_("Name for programs"), "", _("What programs ask for; empty: the name of the model.")),
        "dtype": (_("Precision of the weights"), "", _("“auto” takes the model's own, where the GPU can.")),
        "quantization": (_("Compression"), "", _("“auto” reads it from the model; anything else is rarely right.")),
        "max_model_len": (
            _("Context length"),
            _("tokens"),
            _("How much text the model can keep in mind; automatic takes the longest that the memory holds."),
        ),
        "enable_yarn": (_("Longer context (YaRN)"), "", _("Stretches a model beyond the length that it was made for.")),
        "yarn_factor": (_("YaRN factor"), _("times"), _("How many times the model's own length.")),
        "gpu_memory_utilization": (
            _("Share of the memory"),
            _("{low} to {high}").format(low=figure_words(0.05), high=figure_words(0.99)),
            _("How much vLLM may take; automatic takes what is free, less what is kept for the desktop."),
        ),
        "memory_reserve_bytes": (
            _("Kept free for the desktop"),
            _("GiB"),
            _("So that windows and the browser do not run out while the model works."),
        ),
        "max_num_seqs": (_("Requests at once"), "", _("More people at once leave less memory for the context.")),
        "kv_cache_dtype": (_("Format of the context"), "", _("fp8 needs half the memory and costs a little quality.")),
        "enforce_eager": (_("Without CUDA graphs"), "", _("Takes less memory and starts sooner, but answers slower.")),
        "host": (_("Who can reach it"), "", _("The local network only together with a key.")),
        "port": (_("Port"), "", _("The number in the address of the server; 0 takes a free one.")),
        "allowed_origins": (_("Web pages"), "", _("Pages that may use the server from the browser, one a line.")),
        "one_address_port": (
            _("Port for every backend"),
            "",
            _("One address that leads to whatever is on: vLLM, Ollama or a server elsewhere."),
        ),
        "gpu_uuid": (_("GPU"), "", _("Automatic takes the one with the most free memory.")),
        "tensor_parallel_size": (_("Number of GPUs"), "", _("How many share one model.")),
        "start_on_login": (_("Start on login"), "", _("The icon appears when you log in.")),
        "start_model_on_launch": (_("Start the model then"), "", _("The model starts together with the icon.")),
        "language": (_("Language"), "", _("Counts from the next start of the app on.")),
        "vllm_executable": (_("vLLM"), "", _("Which of the installed versions is used.")),
        "max_num_batched_tokens": (
            _("Tokens of one step"),
            _("tokens"),
            _("Larger steps read long texts faster and take more memory."),
        ),
        "extra_arguments": (_("More options for vLLM"), "", _("As on a command line, such as --seed 7.")),
        "environment": (_("Environment"), "", _("Variables for vLLM, NAME=value, one a line.")),
        "model_folders": (_("Folders with models"), "", _("Looked through for models, one a line.")),
    }
