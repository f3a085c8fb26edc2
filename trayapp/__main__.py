"""The command line: without a command the app, with one a short program that mostly talks to the running app."""

import gc
import importlib
import sys

from trayapp import __version__

COMMANDS = {  # name: its module in trayapp.commands
    "start": "control",
    "stop": "control",
    "restart": "control",
    "status": "control",
    "logs": "logs",
    "quit": "control",
    "plan": "plan",
    "diagnose": "diagnose",
    "doctor": "doctor",
    "remote": "remote",
    "ollama": "ollama",
    "runtime": "runtime",
    "model": "model",
    "selftest": "selftest",
}


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    _speak()
    if not arguments:
        return _run_app()
    import argparse  # the app itself does without

    from trayapp.wording import command_line

    argparse._ = command_line.own_words  # type: ignore[attr-defined]  # its "usage" and its errors, too
    parser = argparse.ArgumentParser(
        prog="vllm-tray",
        description=command_line.description(),
        epilog=command_line.epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = command_line.own_words("show program's version number and exit")
    parser.add_argument("--version", action="version", version=f"vllm-tray {__version__}", help=version)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title=command_line.commands_title())
    wanted = next((name for name in arguments if not name.startswith("-")), None)
    if wanted in COMMANDS:
        # Only the wanted command is imported: `plan` must answer without loading what the others need.
        importlib.import_module(f"trayapp.commands.{COMMANDS[wanted]}").add_parser(subparsers)
    else:
        for name, summary in command_line.summaries().items():
            subparsers.add_parser(name, help=summary)
    parsed = parser.parse_args(arguments)
    if parsed.command is None:
        return _run_app()
    module = importlib.import_module(f"trayapp.commands.{COMMANDS[parsed.command]}")
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


def collect_from_now_on() -> None:
    """Look for garbage among what is made after the app came up."""
    gc.freeze()  # what is loaded now lives on: to look through it takes 20 ms each time
    gc.enable()


def _run_app() -> int:
    from trayapp.desktop.screen import has_screen

    if not has_screen():
        from trayapp.wording.command_line import no_desktop

        print(no_desktop(), file=sys.stderr)
        return 1
    # Nothing that is built while the app comes up is garbage; looking for some would take a tenth of that time.
    gc.disable()
    from trayapp.app import run_app

    return run_app(when_up=collect_from_now_on)


if __name__ == "__main__":
    sys.exit(main())
