"""Qt's own words in the language in use: menus of text fields, buttons of its boxes, the dialog that asks for files."""

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from trayapp.wording.translation import language_in_use


def speak_qt(application: QCoreApplication) -> None:
    """Have Qt speak the language of the windows, where it can."""
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(f"qtbase_{language_in_use()}", folder):
        application.installTranslator(translator)
