"""PySide6 on this Python keeps its hands off None and False.

6.12.0 on Python 3.10 and 3.11 took one reference from None with every call that returns nothing; after some 5,000
calls the interpreter aborted. A progress bar that idles does that in seconds.
"""

import subprocess
import sys
import textwrap

PROGRAM = textwrap.dedent("""
    import sys
    from PySide6.QtWidgets import QApplication, QLabel

    app = QApplication([])
    label = QLabel()
    before = sys.getrefcount(None), sys.getrefcount(False)
    for _ in range(20_000):
        label.setText("x")
        label.isVisible()
    print(sys.getrefcount(None) - before[0], sys.getrefcount(False) - before[1])
""")


def test_many_calls_that_return_nothing_leave_the_program_alive() -> None:
    child = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert child.returncode == 0, child.stderr
    drift = [int(word) for word in child.stdout.split()]
    assert all(abs(references) < 1000 for references in drift), drift
