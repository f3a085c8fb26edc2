"""Which Pythons a vLLM wants, read from what uv says when it cannot use the one it was given. Text in, text out."""

import re

_RANGE = re.compile(r"does not satisfy Python\s*((?:[<>=!~]=?\s*[\d.]+\*?,?\s*)+)")
_TAGS = re.compile(r"following Python ABI\s+tags?:((?:[\s,]*`\w+`)+)")
_TAG = re.compile(r"`cp3(\d+)`")


def read_pythons(said: str) -> str:
    """Return the versions that are wanted, as uv's --python takes them (">=3.11,<3.15"); "" when it is not about that.

    uv 0.13 names the range of the wheel, or the Pythons for which there are wheels:

        Because the current Python version (3.14.0) does not satisfy Python>=3.9,<3.14 and vllm==0.11.0 depends on …
        hint: You require CPython 3.14 (`cp314`), but we only found wheels for `torch` (v2.7.0) with the following
        Python ABI tags: `cp39`, `cp310`, `cp311`, `cp312`, `cp313`, `cp313t`
    """
    if match := _RANGE.search(said):
        return re.sub(r"\s", "", match.group(1)).strip(",")
    if match := _TAGS.search(said):
        minors = [int(each) for each in _TAG.findall(match.group(1))]
        return f">=3.{min(minors)},<3.{max(minors) + 1}" if minors else ""
    return ""
