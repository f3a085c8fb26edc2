"""Sizes and how they round. No words here: wording/units.py turns them into text."""

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

BLOCK_TOKENS = 16
"""Tokens in one block of vLLM's KV cache unless a model's layers ask for more (vLLM's default block_size)."""


def round_down(value: int, step: int) -> int:
    """Return the largest multiple of step (at least 1) that is not above value."""
    return value // step * step


def bytes_from_gib(gib: float) -> int:
    """Return whole bytes for a number of GiB."""
    return int(gib * GIB)
