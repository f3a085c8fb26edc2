"""The settings window in words: each setting with its label, its unit and a sentence of help."""

from dataclasses import dataclass

from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.settings import Settings
from trayapp.wording.allowed import typed_words
from trayapp.wording.problems import problem_words
from trayapp.wording.settings_fields import fields_words
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words, number_words, tokens_words


@dataclass(frozen=True, slots=True)
class FieldWords:
    """What stands beside a field."""

    label: str
    unit: str
    help: str


def field_words(name: str) -> FieldWords:
    """Return the words of a setting."""
    return FieldWords(*fields_words()[name])


def window_title() -> str:
    """Return the title of the window."""
    return _("Settings of vLLM Tray")


def page_names() -> dict[str, str]:
    """Return the name of each page."""
    return {
        "model": _("Model"),
        "context": _("Context and memory"),
        "server": _("Server"),
        "gpu": _("GPU"),
        "start": _("Start-up"),
        "advanced": _("Advanced"),
    }


def pages_label() -> str:
    """Return what the list of pages is."""
    return _("Pages")


def scope_label() -> str:
    """Return the label of the choice for whom changes are."""
    return _("Changes of the &model, its context and memory are")


def scope_choices(model: str) -> tuple[str, str]:
    """Return both choices: for all models, for the chosen one."""
    return _("for all models"), _("only for {model}").format(model=model) if model else _("only for the chosen model")


def help_and_default(name: str) -> str:
    """Return the sentence of help of a setting, and its default, which no end of a line tears apart."""
    default = _("Default: {value}.").format(value=_default(name)).replace(" ", "\u00a0")
    return f"{field_words(name).help} {default}"


def _default(name: str) -> str:
    value = getattr(Settings(), name)
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if name == "memory_reserve_bytes":
        return bytes_words(value)
    if name == "one_address_port":
        return _("off")
    if name in {"host", "language"}:
        return choice_labels()["here" if name == "host" else "system"]
    if isinstance(value, int | float) and value == 0:
        return _("automatic")
    if isinstance(value, float):
        return number_words(value, 1)  # a factor, as it can be chosen
    if isinstance(value, str | int) and value != "":
        return str(value)
    return _("automatic") if name in _FOUND_BY_ITSELF else _("none")


_FOUND_BY_ITSELF = {"vllm_executable", "gpu_uuid", "served_model_name"}


def placeholder(name: str) -> str:
    """Return what an empty field means."""
    return {"port": _("a free one"), "memory_reserve_bytes": "0", "quantization": ""}.get(name, _default(name))


def about_words(name: str, *, own: bool, passed_over: bool) -> str:
    """Return what stands beside a value: its unit, and whether the chosen model has one of its own."""
    whose = _("only this model") if own else _("this model has its own") if passed_over else ""
    return ", ".join(filter(None, (field_words(name).unit, whose)))


def on_label() -> str:
    """Return the text of a switch."""
    return _("on")


def back_label() -> str:
    """Return the label of the button that takes a value back."""
    return _("Default")


def back_what(label: str) -> str:
    """Return the same for who cannot see beside which field it stands."""
    return _("Back to the default: {field}").format(field=label.replace("&", ""))


def field_error(problem: Problem) -> str:
    """Return what is wrong with a field, in a sentence beside it."""
    if problem.kind is ProblemKind.SETTING_NOT_ALLOWED:
        value, allowed = typed_words(*(str(problem.values[name]) for name in ("key", "value", "allowed")))
        return _("{value} is not possible here. Allowed is {allowed}.").format(value=value, allowed=allowed)
    said = problem_words(problem)
    return f"{said.detail} {said.remedy}".strip() or said.title


def unknown_option_words(option: str, nearest: str) -> str:
    """Return that this vLLM lacks an option, and the one that was probably meant."""
    if nearest:
        return _("This vLLM does not know {option}. Did you mean {nearest}?").format(option=option, nearest=nearest)
    return _("This vLLM does not know {option}.").format(option=option)


def planning_words() -> str:
    """Return what is said while the plan is worked out."""
    return _("Working out what this would be…")


def apply_label() -> str:
    """Return the label of the button that keeps the changes."""
    return _("&Apply")


def apply_and_restart_label() -> str:
    """Return the label of the button that keeps them and starts the model again."""
    return _("Apply and &restart")


def reset_page_label() -> str:
    """Return the label of the button that brings a page to its defaults."""
    return _("Reset &page")


def close_label() -> str:
    """Return the label of the button that closes the window."""
    return _("&Close")


def unsaved_words(*, wrong: bool, changed: bool) -> str:
    """Return the note beside the buttons."""
    if wrong:
        return _("Something is not possible yet: see the red text.")
    return _("Not applied yet; Close drops it.") if changed else ""


def applied_words(*, later: bool) -> str:
    """Return what is said after the changes were kept."""
    return _("Kept. It counts from the next start on.") if later else _("Kept.")


def button_words() -> dict[str, str]:
    """Return the labels of the buttons inside the pages."""
    return {
        "choose_folder": _("Choose a &folder…"),
        "choose_model": _("Models &here and to be had…"),
        "show_key": _("&Show key"),
        "copy_key": _("C&opy key"),
        "renew_key": _("&New key"),
        "remove_key": _("Remo&ve key"),
        "test_yarn": _("&Test YaRN"),
        "open_settings": _("&Open settings file"),
        "open_logs": _("Folder of the &logs"),
        "open_data": _("Folder of the &data"),
    }


def key_words(key: str, *, shown: bool, looked: bool) -> str:
    """Return the key of the server as the page shows it."""
    if not looked:
        return _("Looking into the keyring…")
    if not key:
        return _("There is no key: every program on this computer may use the server.")
    return _("Key: {key}").format(key=key if shown else "•" * 12)


def key_guards_words() -> str:
    """Return what a key guards and what not."""
    said = _(
        "The key guards the addresses under /v1. Open all the same are /health, /metrics, /version, /tokenize and "
        "/pooling: whoever reaches the server can use these."
    )
    return said.replace("/", "/\u2060")  # no line ends within an address


def yarn_test_words() -> str:
    """Return what the test of YaRN does, said before it is pressed."""
    return _("Test starts the model with these settings for a moment; a running model is stopped and brought back.")


def yarn_testing_words() -> str:
    """Return what is said while the test runs."""
    return _("Testing: the model starts…")


def yarn_result_words(length: int) -> str:
    """Return that it works, with the measured length."""
    return _("Yes: it starts, with {tokens}.").format(tokens=tokens_words(length))


def yarn_failed_words(title: str, text: str) -> str:
    """Return that it does not work, and why."""
    return _("No: {title}. {text}").format(title=title, text=text)


def yarn_called_off_words() -> str:
    """Return that the test did not go to its end, and why."""
    return _("Called off: the model was started meanwhile.")


def choice_labels() -> dict[str, str]:
    """Return the labels of values that are chosen."""
    return {
        "automatic": _("automatic"),
        "1": _("one person (1)"),
        "4": _("a family (4)"),
        "16": _("a few programs (16)"),
        "64": _("a team (64)"),
        "256": _("many (256)"),
        "here": _("this computer only"),
        "network": _("the local network"),
        "system": _("the system's"),
    }
