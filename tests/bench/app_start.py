"""From the start of the app to its icon in the panel, beside the smallest tray program. Warm."""

from statistics import median

from tests.bench.desk import APP, LEAN, DeskFolder
from tests.bench.figures import Figure

PAIRS = 10


def measure(pairs: int = PAIRS) -> list[Figure]:
    """Return the figures; both programs take turns on one desktop, after one turn each that does not count."""
    app_s: list[float] = []
    lean_s: list[float] = []
    with DeskFolder() as desk:
        desk.write_settings()
        for number in range(pairs + 1):
            for command, times_s in ((LEAN, lean_s), (APP, app_s)):
                with desk.running(*command) as program:
                    if number:
                        times_s.append(program.icon_after_s)
    ours_s, theirs_s = median(app_s), median(lean_s)
    how = f"median of {pairs} turns: {ours_s:.3f} s, smallest tray program {theirs_s:.3f} s"
    return [Figure("app start to icon ÷ smallest tray program", ours_s / theirs_s, "", 1.5, how)]
