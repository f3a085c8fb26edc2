"""The installations of vLLM on this computer and what could be installed, as the windows show them.

They are read from what `vllm-tray runtime list` and `check` print with --json. Nothing is asked and decided in here.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trayapp.core.runtimes import InstallProgress, InstallStep

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN = "own"
"""The kind of an installation that this app made, and may remove."""


@dataclass(frozen=True, slots=True)
class RuntimeRow:
    """One installation; size_bytes is None where nobody has counted."""

    name: str
    executable: str
    version: str
    on_cpu: bool
    kind: str = OWN  # own, path, venv, conda, pipx, uv
    chosen: bool = False
    previous: bool = False
    verified: bool = False
    size_bytes: int | None = None

    @property
    def release(self) -> str:
        """The version without what names the build."""
        return self.version.partition("+")[0]

    @property
    def wish(self) -> str:
        """What `runtime use` is told: the name of an own one, the path of another."""
        return self.name if self.kind == OWN else self.executable


@dataclass(frozen=True, slots=True)
class Offer:
    """One vLLM that could be installed: why this one, what is new in it (sentences for people), and its download."""

    version: str
    on_cpu: bool
    reason: str = ""
    new: tuple[str, ...] = ()
    download_bytes: int | None = None

    @property
    def build(self) -> str:
        """The build as `runtime install` is told."""
        return "cpu" if self.on_cpu else "cuda"


@dataclass(frozen=True, slots=True)
class RuntimeCheck:
    """What suits this computer, and what is new; None where there is no such thing. problem: why nobody could tell."""

    recommended: Offer | None = None
    update: Offer | None = None
    problem: str = ""


def read_row(values: "Mapping[str, object]") -> RuntimeRow:
    """Return an installation from one line of `runtime list`."""
    return RuntimeRow(
        str(values.get("name") or values.get("executable", "")),
        str(values.get("executable", "")),
        str(values.get("version", "")),
        values.get("build") == "cpu",
        str(values.get("kind", OWN)),
        bool(values.get("chosen")),
        bool(values.get("previous")),
        bool(values.get("verified")),
        _bytes(values.get("bytes")),
    )


def read_check(values: "Mapping[str, object]") -> RuntimeCheck:
    """Return what `runtime check` found."""
    problem = str(values.get("problem") or "")
    return RuntimeCheck(_offer(values.get("recommended")), _offer(values.get("update")), problem)


def read_progress(values: "Mapping[str, object]") -> InstallProgress:
    """Return one line of `runtime install`; raises ValueError for a step that there is not."""
    known = InstallProgress.__dataclass_fields__.keys() & values.keys() - {"step"}
    return InstallProgress(InstallStep(values["step"]), **{name: values[name] for name in known})  # type: ignore[arg-type]


def _offer(values: object) -> Offer | None:
    if not isinstance(values, dict) or not values.get("version"):
        return None
    new = tuple(str(each) for each in values.get("new") or ())
    on_cpu, reason = values.get("build") == "cpu", str(values.get("reason") or "")
    return Offer(str(values["version"]), on_cpu, reason, new, _bytes(values.get("download_bytes")))


def _bytes(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
