"""The page with the vLLMs of this computer: what is known of them, of an installation, and of the model that runs."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from trayapp.core.events import RestartWanted
from trayapp.core.launch import LaunchPlan
from trayapp.core.states import Failed, Stopped
from trayapp.presenters.runtimes import needed_bytes, runtimes_of
from trayapp.ui.runtime_page import RuntimePage, RuntimeView
from trayapp.wording import runtime_page as words

if TYPE_CHECKING:
    from trayapp.presenters.behind import Behind


def runtime_page(behind: "Behind") -> RuntimePage:
    """Return a new page with what stands behind it."""
    page = RuntimePage()
    RuntimePresenter(behind, page)
    return page


class RuntimePresenter(QObject):
    """Lives as long as its page."""

    def __init__(self, behind: "Behind", page: RuntimePage) -> None:
        super().__init__(page)
        self._behind = behind
        self._page = page
        self._runtimes = runtimes = runtimes_of(behind)
        self._began = behind.install.is_running  # how an earlier one ended was said then
        page.use_wanted.connect(runtimes.use)
        page.back_wanted.connect(runtimes.go_back)
        page.remove_wanted.connect(runtimes.remove)
        page.look_wanted.connect(runtimes.check)
        page.install_wanted.connect(behind.install.start)
        page.panel.cancel_wanted.connect(behind.install.cancel)
        page.restart_wanted.connect(lambda: behind.controller.take(RestartWanted()))
        runtimes.changed.connect(self._render)
        behind.install.changed.connect(self._install_changed)
        behind.controller.state_changed.connect(self._render)
        self._render()
        runtimes.look()

    def _render(self) -> None:
        known, plan = self._runtimes.known, self._plan()
        chosen, installing = known.chosen, self._behind.install.is_running
        other = plan is not None and chosen is not None and plan.executable != chosen.executable
        later = words.from_next_start_words(plan.version.partition("+")[0]) if plan is not None and other else ""
        view = RuntimeView(
            known.rows,
            known.check.recommended if known.check is not None else None,
            known.offer,
            self._offer_note(),
            plan.executable if plan is not None else "",
            known.busy or installing,
            f"{known.told} {later}".strip(),
            other and not installing,
        )
        self._page.render_view(view)

    def _plan(self) -> LaunchPlan | None:
        """Return what the model that runs or starts was planned with, None where none does on this computer's vLLM."""
        state = self._behind.controller.state
        plan = None if isinstance(state, Stopped | Failed) else getattr(state, "plan", None)
        return plan if isinstance(plan, LaunchPlan) else None

    def _offer_note(self) -> str:
        known = self._runtimes.known
        check, offer = known.check, known.offer
        if known.asking:
            return words.asking_words()
        if check is None:
            return ""
        if offer is None:
            return check.problem or (words.up_to_date_words() if known.online else words.not_asked_words())
        place, is_new = str(self._behind.folders.runtimes), check.update is not None
        stays = words.stays_words(known.chosen.release) if known.chosen is not None else ""
        note = words.offer_words(offer, needed_bytes(offer), place, is_new=is_new)
        return " ".join(filter(None, (note, stays, check.problem)))

    def _install_changed(self) -> None:
        install, panel = self._behind.install, self._page.panel
        if install.is_running:
            self._began = True
            panel.render_work(install.words(), under_way=True, share=install.share)
        elif self._began:
            kept = self._runtimes.known.chosen
            panel.render_work(install.words(kept.release if kept else ""), under_way=False)
        self._render()
