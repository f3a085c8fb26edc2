"""One launch through QProcess and the guard, with children written here."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.builders import a_plan
from trayapp.core.exits import Exit
from trayapp.core.server_mark import MARK_VARIABLE
from trayapp.supervision.server_process import ServerProcess

Run = Callable[[str], tuple[list[str], list[Exit], list[str]]]


@pytest.fixture
def run(qtbot: QtBot) -> Run:
    """Run a Python program to its end; return its lines, its exits and the reasons why it could not be started."""

    def go(program: str) -> tuple[list[str], list[Exit], list[str]]:
        process = ServerProcess(a_plan(executable=sys.executable, arguments=("-c", program)), "mark")
        lines: list[str] = []
        exits: list[Exit] = []
        reasons: list[str] = []
        process.lines.connect(lines.extend)
        process.ended.connect(exits.append)
        process.not_started.connect(reasons.append)
        with qtbot.waitSignal(process.ended, timeout=10_000):
            process.start()
        process.deleteLater()
        return lines, exits, reasons

    return go


def test_lines_of_both_channels_come_whole(run: Run) -> None:
    lines, exits, _ = run(
        "import os, time\n"
        "os.write(1, 'grü'.encode()[:3]); time.sleep(0.1); os.write(1, 'grün\\n'.encode()[3:])\n"
        "os.write(2, b'a\\rb\\r\\nlast without an end')"
    )
    assert sorted(lines) == ["a", "b", "grün", "last without an end"]
    assert exits == [Exit(0)]


def test_lines_written_at_the_last_moment_are_not_lost(run: Run) -> None:
    lines, _, _ = run("print('x' * 50); [print(n) for n in range(20000)]; import os; os.write(1, b'end\\n')")
    assert len(lines) == 20_002


def test_the_exit_code_and_the_signal_stay_what_they_are(run: Run) -> None:
    assert run("raise SystemExit(3)")[1] == [Exit(3)]
    assert run("import os; os.kill(os.getpid(), 6)")[1] == [Exit(None, 6)]


def test_a_missing_program_is_no_crash(qtbot: QtBot) -> None:
    process = ServerProcess(a_plan(executable="/nowhere/vllm"), "mark")
    reasons: list[str] = []
    process.not_started.connect(reasons.append)
    with qtbot.waitSignal(process.ended, timeout=10_000) as ended:
        process.start()
    assert reasons == ["No such file or directory"]
    assert ended.args == [Exit(None)]


def test_the_environment_has_the_plan_and_the_mark(qtbot: QtBot, run: Run) -> None:
    program = f"import os; print(os.environ[{MARK_VARIABLE!r}], os.getsid(0) == os.getppid())"
    assert run(program)[0] == ["mark True"]


def test_a_program_that_closes_its_output_early_is_still_watched(run: Run) -> None:
    _, exits, _ = run("import os, time; os.close(1); os.close(2); time.sleep(0.2); os._exit(4)")
    assert exits == [Exit(4)]


def test_the_pid_is_that_of_the_program(qtbot: QtBot) -> None:
    process = ServerProcess(a_plan(executable="/bin/sh", arguments=("-c", "echo $$; sleep 60")), "mark")
    lines: list[str] = []
    process.lines.connect(lines.extend)
    with qtbot.waitSignal(process.started, timeout=10_000) as started:
        process.start()
    qtbot.waitUntil(lambda: bool(lines), timeout=10_000)
    assert started.args == [int(lines[0])]
    assert not Path(f"/proc/{lines[0]}").samefile("/proc/self")
    with qtbot.waitSignal(process.ended, timeout=10_000):
        process.end()
