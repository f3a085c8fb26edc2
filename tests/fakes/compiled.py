"""Libraries in C that stand in for parts of the computer, compiled when a test needs them."""

import shutil
import subprocess
from pathlib import Path


def compile_library(source: Path, library: Path) -> Path:
    """Compile a source into this library and return it; raises when there is no C compiler."""
    compiler = shutil.which("cc")
    assert compiler, f"{library.name} needs a C compiler (Debian, Ubuntu: apt install gcc libc6-dev)"
    flags = ["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", f"-Wl,-soname,{library.name}"]
    subprocess.run([compiler, *flags, "-o", library, source], check=True)
    return library
