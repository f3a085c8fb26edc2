"""Where a model should run, in a sentence or two."""

from typing import TYPE_CHECKING, assert_never

from trayapp.core.backend_advice import Because
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words

if TYPE_CHECKING:
    from trayapp.core.backend_advice import Advice


def advice_words(advice: "Advice") -> str:
    """Return where to run a model, and why."""
    match advice.because:
        case Because.IT_FITS:
            return _("Run it with vLLM on this computer.")
        case Because.NO_GPU:
            return _("vLLM runs it on the processor, slowly; a server elsewhere with a GPU would be faster.")
        case Because.OTHER_SETTINGS_FIT:
            return _("Run it with vLLM on this computer, with other settings than these.")
        case Because.OLDER_VLLM:
            text = _("Run it with an older vLLM: {version} is the last one that supports this GPU.")
            return text.format(version=advice.last_version)
        case Because.GPU_TOO_OLD:
            return " ".join([_("Run it with Ollama: no vLLM supports this GPU."), _split_words(advice)]).strip()
        case Because.TOO_LARGE:
            sizes = _("The weights are {weights}, and the GPU has {free} free.").format(
                weights=bytes_words(advice.weights_bytes), free=bytes_words(advice.free_bytes)
            )
            four = _("Take a 4-bit variant with vLLM.") if advice.four_bits_fit else ""
            ollama = _("Or run it with Ollama.") if advice.four_bits_fit else _("Run it with Ollama.")
            elsewhere = _("A server elsewhere is the other way.")
            return " ".join(part for part in (sizes, four, ollama, _split_words(advice), elsewhere) if part)
        case _:
            assert_never(advice.because)


def _split_words(advice: "Advice") -> str:
    if not advice.layers:
        return ""
    if not advice.layers_on_cpu:
        return _("All of its layers fit onto the GPU there.")
    text = _("It puts about {count} of {layers} layers on the processor, and is slower for it.")
    return text.format(count=advice.layers_on_cpu, layers=advice.layers)
