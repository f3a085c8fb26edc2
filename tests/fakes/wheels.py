"""Makes small wheels, real enough for uv and pip: metadata, files, and commands that run."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence

_TAG = "py3-none-any"


def wheel_name(name: str, version: str) -> str:
    """Return the file name of a wheel for every Python and every computer."""
    return f"{name.replace('-', '_')}-{version}-{_TAG}.whl"


def wheel_metadata(name: str, version: str, requires: Sequence[str] = (), python: str = "") -> bytes:
    """Return the METADATA of a wheel; python is the range of its Pythons."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {python}"] if python else []
    return "\n".join([*lines, *(f"Requires-Dist: {item}" for item in requires), ""]).encode()


def make_wheel(
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    files: Mapping[str, bytes] | None = None,
    commands: Mapping[str, bytes] | None = None,
    python: str = "",
) -> bytes:
    """Return a wheel. files are its modules by path, not compressed; commands begin with "#!python"."""
    written = name.replace("-", "_")
    info = f"{written}-{version}.dist-info"
    contents = dict(files or {})
    contents |= {f"{written}-{version}.data/scripts/{command}": text for command, text in (commands or {}).items()}
    contents[f"{info}/METADATA"] = wheel_metadata(name, version, requires, python)
    contents[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {_TAG}\n".encode()
    record = "".join(f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in contents.items())
    contents[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for path, content in contents.items():
            archive.writestr(path, content)
    return whole.getvalue()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
