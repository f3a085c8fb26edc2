"""vLLM's version numbers and what each version can do. Facts about flags live here, decisions do not."""

import re
from dataclasses import dataclass

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?[^+]*(?:\+(.+))?")


@dataclass(frozen=True, slots=True, order=True)
class VllmVersion:
    """A version as a triple, so that it compares by number; local is what stands behind "+" ("cpu", "cu129")."""

    release: tuple[int, int, int]
    local: str = ""

    def __str__(self) -> str:
        text = ".".join(map(str, self.release))
        return f"{text}+{self.local}" if self.local else text

    def at_least(self, *release: int) -> bool:
        """Whether this is that release or a later one."""
        return self.release >= tuple(release)

    @property
    def finds_context_length(self) -> bool:
        """Whether `--max-model-len auto` exists: first seen in 0.14.0, absent in 0.13.0."""
        return self.at_least(0, 14, 0)

    @property
    def default_gpu_memory_utilization(self) -> float:
        """The share of the GPU that vLLM takes when not told: 0.90 up to 0.18, 0.92 from 0.21."""
        return 0.92 if self.at_least(0, 21, 0) else 0.90


def parse_vllm_version(text: str) -> VllmVersion | None:
    """Return the version that text names ("0.32.0+cpu", "v0.11", "0.9.2.post1"), or None when it names none."""
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        return None
    major, minor, patch, local = match.groups()
    return VllmVersion((int(major), int(minor), int(patch or 0)), local or "")
