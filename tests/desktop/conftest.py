"""A desktop, a person at it, and a program that is told what to show."""

import queue
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.desktop.person import Person
from tests.desktop.running import App, start_app
from tests.desktop.session import Session
from tests.desktop.widgets import Widgets
from tests.fakes.vllm_folder import FakeVllmFolder

if TYPE_CHECKING:
    import subprocess

ROOT = Path(__file__).parents[2]


@pytest.fixture
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A desktop with neither panel nor notification service: a test starts what it is about.

    For a test with widgets it is the desktop of somebody with an empty home, on which windows can be read.
    """
    session = Session(tmp_path_factory.mktemp("d"))  # a short name: a bus address has no room for a long one
    session.environment["PYTHONPATH"] = str(ROOT)
    if "widgets" in request.fixturenames:
        session.make_readable()
        home = session.folder / "home"
        home.mkdir()
        session.environment["HOME"] = str(home)
    try:
        session.start()
        yield session
    finally:
        session.end()


@pytest.fixture
def person(session: Session) -> Iterator[Person]:
    with Person(session) as person:
        yield person


@pytest.fixture
def widgets(session: Session, person: Person) -> Iterator[Widgets]:
    """What is in the windows."""
    with Widgets(session, person) as widgets:
        yield widgets


class Shown:
    """The program of program.py on a desktop."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")

    def hears(self, within_s: float = 15) -> str:
        """The next thing that the program says."""
        return self._said.get(timeout=within_s)

    def wait_out_a_double_click(self) -> None:
        """Wait until two clicks are two clicks: the tray takes the second of a pair for none."""
        threading.Event().wait(0.5)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line.strip())


@pytest.fixture
def show(session: Session) -> Callable[[str], Shown]:
    """Start the program in a state."""
    return lambda state: Shown(session.run(sys.executable, "-m", "tests.desktop.program", state))


@pytest.fixture
def app(
    session: Session, person: Person, fake_vllm: Callable[..., FakeVllmFolder], free_port: int
) -> Callable[..., App]:
    """Start the app on a desktop with a panel and notifications; the vLLM behaves as told."""

    def start(*launches: dict[str, object], **settings: object) -> App:
        return start_app(session, person, fake_vllm("0.32.0+cpu", *launches), **{"port": free_port, **settings})

    return start


@pytest.fixture
def running(
    session: Session, person: Person, fake_vllm: Callable[..., FakeVllmFolder], free_port: int
) -> Callable[..., App]:
    """Start the app with a model that is ready; the vLLM behaves as told."""

    def start(*launches: dict[str, object], **settings: object) -> App:
        vllm = fake_vllm("0.32.0+cpu", *(launches or ({"speed": 30},)))
        app = start_app(session, person, vllm, port=free_port, **settings)
        person.click_icon()
        app.until_state("Ready")
        return app

    return start
