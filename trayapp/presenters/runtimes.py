"""The vLLMs of this computer: listed, changed and removed by the app's own commands, in child processes."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from trayapp.core.runtime_choice import NEEDED_BYTES, Build
from trayapp.core.runtime_rows import Offer, RuntimeCheck, RuntimeRow, read_check, read_row
from trayapp.jobs.job_process import JobProcess
from trayapp.wording import runtime_page as words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trayapp.presenters.behind import Behind

    Lines = list[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known: rows and check are None before somebody has looked; online: PyPI was asked, too."""

    rows: tuple[RuntimeRow, ...] | None = None
    check: RuntimeCheck | None = None
    online: bool = False
    told: str = ""
    busy: bool = False
    asking: bool = False

    @property
    def chosen(self) -> RuntimeRow | None:
        """The one that a start uses."""
        return next((row for row in self.rows or () if row.chosen), None)

    @property
    def offer(self) -> Offer | None:
        """What there is to install: what is new, or what suits this computer and is not here yet."""
        if self.check is None or self.rows is None:
            return None
        offer = self.check.update or self.check.recommended
        here = {(row.release, row.on_cpu) for row in self.rows}
        return offer if offer is not None and (offer.version, offer.on_cpu) not in here else None


class Runtimes(QObject):
    """One for the app. Signals: changed (known says what is known), switched (a start uses another vLLM)."""

    changed = Signal()
    switched = Signal()

    def __init__(self, behind: "Behind") -> None:
        super().__init__(behind.windows)
        self._behind = behind
        self.known = Known()
        behind.install.ended.connect(self._installed)

    def look(self) -> None:
        """List what is here, and find out what suits this computer; nothing outside is asked."""

        def listed(lines: "Lines", ok: bool) -> None:
            if ok:
                self._show(rows=tuple(read_row(line) for line in lines))
            else:
                self._show(rows=self.known.rows or (), told=_why(lines))

        def checked(lines: "Lines", ok: bool) -> None:
            if not self.known.online:  # else it is the older answer
                self._checked(lines, ok)

        self._run(("list",), listed)
        if self.known.check is None:
            self._run(("check", "--offline"), checked)

    def check(self) -> None:
        """Ask what is new, and how large it is."""
        if self.known.asking:
            return

        def asked(lines: "Lines", ok: bool) -> None:
            self._show(asking=False, online=ok)
            self._checked(lines, ok)

        self._show(asking=True, told="")
        self._run(("check",), asked)

    def _checked(self, lines: "Lines", ok: bool) -> None:
        if ok and lines:
            self._show(check=read_check(lines[-1]))
        else:
            self._show(told=_why(lines))

    def use(self, row: RuntimeRow) -> None:
        """Have the next start use this one."""
        self._change(("use", row.wish), self._switched)

    def go_back(self) -> None:
        """Have the next start use the one before."""
        self._change(("use", "--back"), self._switched)

    def remove(self, row: RuntimeRow) -> None:
        """Remove an installation of the app's own."""

        def removed(lines: "Lines") -> None:
            freed = lines[-1].get("freed_bytes") if lines else 0
            self._show(told=words.freed_words(row.release, freed if isinstance(freed, int) else 0))

        self._change(("remove", row.name), removed)

    def _switched(self, _lines: "Lines") -> None:
        self._behind.settings_changed()
        self.switched.emit()

    def _change(self, arguments: "Sequence[str]", done: "Callable[[Lines], None]") -> None:
        if self.known.busy or self._behind.install.is_running:
            return

        def ended(lines: "Lines", ok: bool) -> None:
            self._show(busy=False, told="" if ok else _why(lines))
            if ok:
                done(lines)
            self.look()

        self._show(busy=True, told="")
        self._run(arguments, ended)

    def _installed(self, ok: bool) -> None:
        if ok:
            self._show(check=None, online=False)
            self._switched([])
        self.look()

    def _run(self, arguments: "Sequence[str]", ended: "Callable[[Lines, bool], None]") -> None:
        """Run one of our commands and hand over what it said."""
        job = JobProcess((*self._behind.own_command(), "runtime", *arguments, "--json"), self)
        lines: Lines = []
        job.told.connect(lines.append)

        def over(ok: bool) -> None:
            ended(lines, ok)
            job.deleteLater()

        job.ended.connect(over)
        job.start()

    def _show(self, **news: object) -> None:
        self.known = replace(self.known, **news)  # type: ignore[arg-type]
        self.changed.emit()


def needed_bytes(offer: Offer) -> int:
    """Return the room on the disk that an installation needs."""
    return NEEDED_BYTES[Build(offer.build)]


def runtimes_of(behind: "Behind") -> Runtimes:
    """Return the one of the app, made when it is first wanted."""
    return behind.windows.findChild(Runtimes) or Runtimes(behind)


def _why(lines: "Lines") -> str:
    """Return what a command said when it failed."""
    last = lines[-1] if lines else {}
    return str(last.get("detail") or "") or words.no_answer_words()
