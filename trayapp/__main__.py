"""The command line: without a command the app, with one a short program that mostly talks to the running app."""

import gc
import importlib
import sys

from trayapp import __version__

COMMANDS = {
    # name: (module in trayapp.commands, what it does)
    "start": ("control", "start the model in the running app"),
    "stop": ("control", "stop the model and free the GPU"),
    "restart": ("control", "stop the model and start it again"),
    "status": ("control", "say what the model does"),
    "logs": ("logs", "print what vLLM said"),
    "quit": ("control", "stop the model and end the app"),
    "plan": ("plan", "say whether a model fits this computer, without starting anything"),
    "diagnose": ("diagnose", "say why vLLM failed, from its log"),
    "doctor": ("doctor", "say what this computer has and what is wrong with it"),
    "remote": ("remote", "keep, list and check servers elsewhere that can run the model"),
    "ollama": ("ollama", "list and download the models of Ollama"),
    "runtime": ("runtime", "list, install, choose and remove vLLM"),
    "model": ("model", "list, find, download and remove models"),
    "selftest": ("selftest", "start a tiny model, ask it one question, and stop it"),
}

EPILOG = """\
Without a command the app starts: an icon in the system tray that starts and stops the model.
A second start shows the first one.

exit codes: 0 done; 1 it failed, and the reason was said; 2 the command line is wrong; 3 the app is not running;
            4 it did not happen within --wait seconds
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    _speak()
    if not arguments:
        return _run_app()
    import argparse  # the app itself does without

    parser = argparse.ArgumentParser(
        prog="vllm-tray",
        description="A tray icon that runs a large language model on this computer with vLLM.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"vllm-tray {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    wanted = next((name for name in arguments if not name.startswith("-")), None)
    if wanted in COMMANDS:
        # Only the wanted command is imported: `plan` must answer without loading what the others need.
        importlib.import_module(f"trayapp.commands.{COMMANDS[wanted][0]}").add_parser(subparsers)
    else:
        for name, (_, summary) in COMMANDS.items():
            subparsers.add_parser(name, help=summary)
    parsed = parser.parse_args(arguments)
    if parsed.command is None:
        return _run_app()
    module = importlib.import_module(f"trayapp.commands.{COMMANDS[parsed.command][0]}")
    try:
        return int(module.run(parsed))
    except BrokenPipeError:  # `vllm-tray logs | head`
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130


def _speak() -> None:
    from trayapp.storage.folders import find_folders
    from trayapp.storage.settings_file import read_language
    from trayapp.wording.translation import use_language

    use_language(read_language(find_folders().settings_file))


def _run_app() -> int:
    from trayapp.desktop.screen import has_screen

    if not has_screen():
        print("vLLM Tray needs a desktop: neither DISPLAY nor WAYLAND_DISPLAY is set.", file=sys.stderr)
        print("Without one there are: vllm-tray selftest, plan, doctor and diagnose.", file=sys.stderr)
        return 1
    # Nothing that is built while the app comes up is garbage; looking for some would take a tenth of that time.
    gc.disable()
    from trayapp.app import run_app

    return run_app(when_up=gc.enable)


if __name__ == "__main__":
    sys.exit(main())
