"""What the command line says of itself: its commands, and the words that argparse has in every program."""

from trayapp.wording.translation import _


def description() -> str:
    """Return what the program is."""
    return _("A tray icon that runs a large language model on this computer with vLLM.")


def epilog() -> str:
    """Return what there is to know besides: the app, and the exit codes."""
    return _(
        """\
Without a command the app starts: an icon in the system tray that starts and stops the model.
A second start shows the first one.

exit codes: 0 done; 1 it failed, and the reason was said; 2 the command line is wrong; 3 the app is not running;
            4 it did not happen within --wait seconds
"""
    )


def no_desktop() -> str:
    """Return why the app cannot start here, and what there is without one."""
    return _(
        """\
vLLM Tray needs a desktop: neither DISPLAY nor WAYLAND_DISPLAY is set.
Without one there are: vllm-tray selftest, plan, doctor and diagnose."""
    )


def cannot_listen(reason: str) -> str:
    """Return why a start of the app ends at once."""
    return _("vLLM Tray cannot listen for its own commands: {reason}").format(reason=reason)


def commands_title() -> str:
    """Return the title above the list of the commands."""
    return _("commands")


def summaries() -> dict[str, str]:
    """Return what each command does, in the order of the list."""
    return {
        "start": _("start the model in the running app"),
        "stop": _("stop the model and free the GPU"),
        "restart": _("stop the model and start it again"),
        "status": _("say what the model does"),
        "logs": _("print what vLLM said"),
        "quit": _("stop the model and end the app"),
        "plan": _("say whether a model fits this computer, without starting anything"),
        "diagnose": _("say why vLLM failed, from its log"),
        "doctor": _("say what this computer has and what is wrong with it"),
        "remote": _("keep, list and check servers elsewhere that can run the model"),
        "ollama": _("list and download the models of Ollama"),
        "runtime": _("list, install, choose and remove vLLM"),
        "model": _("list, find, download and remove models"),
        "selftest": _("start a tiny model, ask it one question, and stop it"),
    }


def own_words(text: str) -> str:
    """Return one of argparse's texts in the language in use; one that is not known here stays as it is."""
    known = {
        "usage: ": _("usage: "),
        "options": _("options"),
        "positional arguments": _("positional arguments"),
        "show this help message and exit": _("show this help message and exit"),
        "show program's version number and exit": _("show program's version number and exit"),
        "%(prog)s: error: %(message)s\n": _("%(prog)s: error: %(message)s\n"),
        "argument %(argument_name)s: %(message)s": _("argument %(argument_name)s: %(message)s"),
        "expected one argument": _("expected one argument"),
        "expected at least one argument": _("expected at least one argument"),
        "invalid choice: %(value)r (choose from %(choices)s)": _("invalid choice: %(value)r (choose from %(choices)s)"),
        "invalid %(type)s value: %(value)r": _("invalid %(type)s value: %(value)r"),
        "the following arguments are required: %s": _("the following arguments are required: %s"),
        "one of the arguments %s is required": _("one of the arguments %s is required"),
        "not allowed with argument %s": _("not allowed with argument %s"),
        "unrecognized arguments: %s": _("unrecognized arguments: %s"),
    }
    return known.get(text, text)
