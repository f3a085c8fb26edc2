"""Stands in for a vLLM that prints as fast as it can: flood_writer.py LINES. A program of its own, run by the guard."""

import os
import sys
import time

LINE_BYTES = 100
BEGINS_AFTER_S = 4.0  # so that the memory before it can be measured
OVER = "THE FLOOD IS OVER"
_BLOCK_LINES = 600


def main(count: int) -> None:
    """Print that many lines of 100 bytes, then that it is over, and live on."""
    head = "(APIServer pid=4711) INFO 11-20 11:11:07 [loggers.py:236] Engine 000: request"
    lines = [f"{head} {number:09d} ".ljust(LINE_BYTES - 1, "x") + "\n" for number in range(_BLOCK_LINES)]
    block = "".join(lines).encode()
    time.sleep(BEGINS_AFTER_S)
    while count > 0:
        size = min(count, _BLOCK_LINES)
        rest = block[: size * LINE_BYTES]
        while rest:
            rest = rest[os.write(1, rest) :]
        count -= size
    os.write(1, OVER.encode() + b"\n")
    time.sleep(600)


if __name__ == "__main__":
    main(int(sys.argv[1]))
