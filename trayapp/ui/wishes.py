"""What a person can want, from whichever widget: one object collects it. What becomes of a wish is not known here."""

from PySide6.QtCore import QObject, Signal

from trayapp.ui.views import Wish

__all__ = ["Wish", "Wishes"]


class Wishes(QObject):
    """One signal for each wish."""

    start_wanted = Signal()
    stop_wanted = Signal()
    restart_wanted = Signal()
    choose_model_wanted = Signal()
    copy_address_wanted = Signal()
    show_log_wanted = Signal()
    open_settings_wanted = Signal()
    install_runtime_wanted = Signal()
    start_on_login_wanted = Signal(bool)
    quit_wanted = Signal()

    def tell(self, wish: Wish, on: bool = False) -> None:
        """Emit the signal of a wish; on is the new position of a switch."""
        if wish is Wish.START_ON_LOGIN:
            self.start_on_login_wanted.emit(on)
        else:
            getattr(self, f"{wish}_wanted").emit()
