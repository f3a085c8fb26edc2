"""The RAM of the first memory node."""

from pathlib import Path

import pytest

from trayapp.probes.memory_nodes import find_node_bytes, read_node_bytes


def test_the_total_is_read() -> None:
    text = "Node 0 MemTotal:       17656020 kB\nNode 0 MemFree:         3656020 kB\n"
    assert read_node_bytes(text) == 17_656_020 * 1024


@pytest.mark.parametrize("text", ["", "Node 0 MemFree: 1 kB", "Node 0 MemTotal: many kB", "Node 0"])
def test_what_does_not_tell_is_0(text: str) -> None:
    assert read_node_bytes(text) == 0


def test_a_system_without_nodes_has_0(tmp_path: Path) -> None:
    assert find_node_bytes(tmp_path / "meminfo") == 0
    (tmp_path / "meminfo").write_text("Node 0 MemTotal: 4 kB")
    assert find_node_bytes(tmp_path / "meminfo") == 4096
