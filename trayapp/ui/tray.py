"""The tray icon and its menu: renders a TrayView and tells wishes.

Every function is in the menu, since some desktops open it on any click. What is shown is decided in views.py.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

from trayapp.ui.tray_presence import TrayPresence
from trayapp.ui.views import APP_TITLE
from trayapp.wording.menu import recent_models_title
from trayapp.wording.places import menu_title, set_up_places_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trayapp.ui.icons import Icons
    from trayapp.ui.views import PlaceRow, Row, TrayView, Wish
    from trayapp.ui.wishes import Wishes


_PLACES_BELOW = 1
"""The section after which the menu of places comes."""


class Tray(QObject):
    """One icon; a new one takes its place where the panel came after us."""

    available_changed = Signal(bool)
    """Whether this desktop shows the icon; while it does not, a window has to offer the same."""

    def __init__(self, icons: "Icons", wishes: "Wishes", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._wishes = wishes
        self._view: TrayView | None = None
        self._icon: QSystemTrayIcon | None = None
        self._in_panel_menu = False
        self._since_click = QElapsedTimer()
        self._menu = QMenu()
        self._places = QMenu(self._menu)
        self._places_shown: object = None
        self._models = QMenu(self._menu)
        self._status = QAction(self)
        self._status.setEnabled(False)
        self._actions: dict[Wish, QAction] = {}
        self._presence = TrayPresence(self)
        self._presence.available_changed.connect(self.available_changed)
        self._presence.watcher_came.connect(self._watcher_came)

    @property
    def icon(self) -> QSystemTrayIcon | None:
        """The icon of now, for messages beside it; another one after a panel came."""
        return self._icon

    def render(self, view: "TrayView") -> None:
        """Show this; nothing is touched that is the same as before."""
        if view == self._view:
            return
        before, self._view = self._view, view
        if before is None or self._icon is None:
            self._fill_menu(view)
            self._make_icon(view)
            self._presence.start()
            return
        self._render_menu(view)
        if before.icon != view.icon:
            self._icon.setIcon(self._icons.icon(view.icon))
        self._icon.setToolTip(self._tooltip(view))

    def hide(self) -> None:
        """Take the icon away, as the app is about to end."""
        if self._icon is not None:
            self._icon.hide()

    def _make_icon(self, view: "TrayView") -> None:
        self._in_panel_menu = self._presence.has_watcher
        self._render_menu(view)
        icon = QSystemTrayIcon(self._icons.icon(view.icon), self)
        icon.setToolTip(self._tooltip(view))
        icon.setContextMenu(self._menu)
        icon.activated.connect(self._activated)
        icon.show()
        self._icon = icon

    def _watcher_came(self) -> None:
        """Make the icon anew where it was made without a watcher: it would stay with the older kind of tray."""
        if self._icon is None or self._view is None or self._in_panel_menu:
            return  # Qt itself registers again with a panel that restarted
        self._icon.hide()
        self._icon.deleteLater()
        self._make_icon(self._view)

    def _fill_menu(self, view: "TrayView") -> None:
        self._menu.addAction(self._status)
        for section in view.sections:
            self._menu.addSeparator()
            for row in section:
                action = self._menu.addAction("")
                action.setCheckable(row.checked is not None)
                action.triggered.connect(lambda checked, wish=row.wish: self._chosen(wish, checked))
                self._actions[row.wish] = action
            if section is view.sections[_PLACES_BELOW]:
                self._menu.addMenu(self._models)
                self._menu.addMenu(self._places)

    def _render_menu(self, view: "TrayView") -> None:
        self._status.setText(self._label(view.status))
        for row in view.rows:
            self._render_row(row)
        self._render_places(view)
        self._render_models(view)

    def _render_places(self, view: "TrayView") -> None:
        """Fill the menu of places anew where it is another one: servers come and go."""
        shown = (view.places, self._in_panel_menu)
        if shown == self._places_shown:
            return
        self._places_shown = shown
        now = next((place.text for place in view.places if place.checked), "")
        self._places.setTitle(self._label(menu_title(now) if now else menu_title("–")))
        self._fill(self._places, view.places)
        self._places.addSeparator()
        self._places.addAction(set_up_places_label()).triggered.connect(self._wishes.set_up_places_wanted)

    def _render_models(self, view: "TrayView") -> None:
        """Fill the menu of the last models anew: the newest is on top."""
        self._models.setTitle(self._label(recent_models_title()))
        self._fill(self._models, view.models)
        self._models.menuAction().setEnabled(bool(view.models))

    def _fill(self, menu: QMenu, rows: "Iterable[PlaceRow]") -> None:
        menu.clear()
        for row in rows:
            action = menu.addAction(self._label(row.text))
            action.setCheckable(True)
            action.setChecked(row.checked)
            action.triggered.connect(lambda _, choice=row.choice: self._wishes.place_wanted.emit(dict(choice)))

    def _render_row(self, row: "Row") -> None:
        action = self._actions[row.wish]
        action.setText(self._label(row.text))
        action.setEnabled(row.enabled)
        if row.checked is not None:
            action.setChecked(row.checked)

    def _chosen(self, wish: "Wish", checked: bool) -> None:
        if self._view is not None:  # the switch shows what is, not what was clicked: back, until it has been done
            for row in self._view.rows:
                if row.wish is wish:
                    self._render_row(row)
        self._wishes.tell(wish, checked)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Trigger:
            return
        # A double click comes as two clicks from some panels; the second would stop what the first one started.
        if self._since_click.isValid() and not self._since_click.hasExpired(QApplication.doubleClickInterval()):
            return
        if self._view is not None and self._view.click is not None:
            self._since_click.start()
            self._wishes.tell(self._view.click)

    def _tooltip(self, view: "TrayView") -> str:
        return APP_TITLE if self._presence.tooltip_costs_clicks else view.tooltip

    def _label(self, text: str) -> str:
        """Escape what a menu takes for the mark of an access key."""
        if not self._in_panel_menu:
            return text.replace("&", "&&")
        # "__" is a "_" in a panel's menu. Qt turns the first "&" into such a mark, however it is escaped.
        return text.replace("_", "__").replace("&", "+")
