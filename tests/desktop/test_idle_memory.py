"""The memory that closed windows used goes back, and the program goes on."""

import subprocess
import sys

_PROGRAM = """
import sys
from PySide6.QtWidgets import QApplication, QTreeWidget
from trayapp.desktop.idle_memory import give_memory_back

def file_kib():
    with open("/proc/self/smaps_rollup") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith(("Rss:",)))

application = QApplication(sys.argv)
tree = QTreeWidget()
tree.show()
application.processEvents()
tree.close()
before = file_kib()
give_memory_back()
after = file_kib()
tree.show()
application.processEvents()
print(before, after, tree.isVisible())
"""


def test_program_code_that_does_not_run_leaves_the_memory_and_comes_back_when_it_does() -> None:
    command = [sys.executable, "-c", _PROGRAM, "-platform", "offscreen"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    before, after, visible = done.stdout.split()
    assert int(after) < int(before) - 5_000
    assert visible == "True"
