"""How much RAM the first memory node has: the CPU build of vLLM takes its share of that, not of all RAM."""

from pathlib import Path

_FIRST_NODE = Path("/sys/devices/system/node/node0/meminfo")


def find_node_bytes(path: Path = _FIRST_NODE) -> int:
    """Return the total RAM of the first node in bytes; 0 where the system does not tell."""
    try:
        return read_node_bytes(path.read_text(encoding="ascii", errors="replace"))
    except OSError:
        return 0


def read_node_bytes(text: str) -> int:
    """Return the total in bytes from lines such as "Node 0 MemTotal: 17656020 kB"; 0 when there is none."""
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 4 and words[2] == "MemTotal:" and words[3].isdecimal():
            return int(words[3]) * 1024
    return 0
