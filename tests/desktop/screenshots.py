"""Pictures of every window, from sample values: python -m tests.desktop.screenshots FOLDER.

Light and dark, English and German, and each of these at twice the scale too; a window that does not fit 1366x768 is
named. With --readme instead of the folder the few pictures of the README are made anew.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import product
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication

from tests.desktop.example_windows import windows
from trayapp.wording.translation import use_language

PICTURES = Path(__file__).parents[2] / "resources" / "pictures"
FOR_THE_README = ("first_run", "settings-context", "failure", "try_it")
LAPTOP = {
    "name": "laptop",
    "x": 0,
    "y": 0,
    "width": 1366,
    "height": 768,
    "logicalDpi": 96,
    "logicalBaseDpi": 96,
    "dpr": 1,
}
LANGUAGES, SCHEMES, SCALES = ("en", "de"), ("light", "dark"), ("1", "2")


def dark() -> QPalette:
    palette = QPalette(QColor("#2d2d2d"))
    roles = QPalette.ColorRole
    for role in (roles.WindowText, roles.Text, roles.ButtonText, roles.ToolTipText, roles.BrightText):
        palette.setColor(role, QColor("#eeeeee"))
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#8a8a8a"))
    palette.setColor(roles.Base, QColor("#202020"))
    palette.setColor(roles.PlaceholderText, QColor("#a0a0a0"))
    return palette


def application() -> QApplication:
    made = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(made, QApplication)
    made.setStyle("Fusion")
    return made


def take_for_the_readme() -> None:
    use_language("en")
    app = application()
    PICTURES.mkdir(exist_ok=True)
    for name, window in windows():
        if name in FOR_THE_README:
            window.show()
            app.processEvents()  # what is laid out only now: texts that wrap
            small(window.grab().toImage()).save(str(PICTURES / f"{name}.png"), quality=0)


def small(image: QImage) -> QImage:
    """Return the picture in its 256 most used colours: a third of the size, and nothing is dithered."""
    full = image.convertToFormat(QImage.Format.Format_RGB32)
    used = Counter(memoryview(full.constBits()).cast("I"))
    table = [colour for colour, _times in used.most_common(256)]
    return full.convertToFormat(QImage.Format.Format_Indexed8, table, Qt.ImageConversionFlag.ThresholdDither)


def take(folder: Path, language: str, scheme: str, scale: str) -> None:
    use_language(language)
    app = application()
    if scheme == "dark":
        app.setPalette(dark())
    for name, window in windows():
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window.show()
        app.processEvents()
        least = window.minimumSizeHint()
        file = folder / f"{name}-{language}-{scheme}-{scale}.png"
        window.grab().save(str(file))
        room = (1366 // int(scale), 768 // int(scale))
        too_large = "  too large" if least.width() > room[0] or least.height() > room[1] else ""
        print(f"{file.name}: {window.width()}x{window.height()}, at least {least.width()}x{least.height()}{too_large}")
        window.close()


def main() -> int:
    if len(sys.argv) == 5:
        take(Path(sys.argv[1]), *sys.argv[2:])
        return 0
    if sys.argv[1] == "--readme":
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        take_for_the_readme()
        return 0
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    screens = folder / "screens.json"
    screens.write_text(json.dumps({"screens": [LAPTOP]}))
    failed = 0
    for language, scheme, scale in product(LANGUAGES, SCHEMES, SCALES):
        environment = os.environ | {"QT_QPA_PLATFORM": f"offscreen:configfile={screens}", "QT_SCALE_FACTOR": scale}
        command = [sys.executable, "-m", "tests.desktop.screenshots", str(folder), language, scheme, scale]
        failed |= subprocess.run(command, env=environment, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
