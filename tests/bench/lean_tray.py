"""The smallest PySide6 program with a tray icon, a menu and the modules that a client of HTTP and D-Bus needs.

What the app adds to this is its own; start and memory are compared with it. It is run as a program, on a desktop.
"""

import signal
import sys

from PySide6 import QtDBus, QtNetwork
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

assert QtDBus
assert QtNetwork
signal.signal(signal.SIGTERM, signal.SIG_DFL)  # Python's own handler would never run while Qt waits
application = QApplication(sys.argv)
application.setQuitOnLastWindowClosed(False)
picture = QPixmap(22, 22)
picture.fill("green")
menu = QMenu()
menu.addAction("Quit", application.quit)
icon = QSystemTrayIcon(QIcon(picture))
icon.setContextMenu(menu)
icon.show()
sys.exit(application.exec())
