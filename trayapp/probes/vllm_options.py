"""Which options an installed vLLM has, and which variables of the environment it knows.

Its source files are read, which takes a twentieth of a second; nothing of it is imported, which takes ten.
"""

import ast
import re
from functools import cache
from pathlib import Path

_OPTION = re.compile(r"--[a-z][a-z0-9-]+")
_FILES = (
    *("engine/arg_utils.py", "engine/async_llm_engine.py", "entrypoints/openai/cli_args.py"),
    *("entrypoints/common/cli_args.py", "entrypoints/launchers/**/*args*.py", "entrypoints/cli/serve.py"),
    *("entrypoints/serve/utils/*args*.py", "entrypoints/openai/**/*args*.py"),
)
_LEAST = 50  # fewer were not read rightly: 0.6 has more than a hundred


@cache
def find_options(package: Path) -> frozenset[str]:
    """Return the options of `vllm serve` in this package folder; empty where they cannot be read."""
    found: set[str] = set()
    for file in {file for pattern in _FILES for file in package.glob(pattern)}:
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, SyntaxError):
            return frozenset()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument":
                texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                found |= {text for text in texts if isinstance(text, str) and _OPTION.fullmatch(text)}
            if isinstance(node, ast.ClassDef) and node.name.endswith("FrontendArgs"):
                names = [item.target for item in node.body if isinstance(item, ast.AnnAssign)]
                found |= {"--" + name.id.replace("_", "-") for name in names if isinstance(name, ast.Name)}
    return frozenset(found) if len(found) >= _LEAST else frozenset()


@cache
def find_variables(package: Path) -> frozenset[str]:
    """Return the variables that vLLM lists in its envs.py; empty where it has none, or not in a form that is known."""
    try:
        tree = ast.parse((package / "envs.py").read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return frozenset()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(getattr(each, "id", "") == "environment_variables" for each in targets):
                return _keys(node.value)
    return frozenset()


def _keys(table: ast.expr | None) -> frozenset[str]:
    """Return the keys of a table that stands there as such; one that is put together by a program gives none."""
    keys = table.keys if isinstance(table, ast.Dict) else ()
    names = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return frozenset(names) if len(names) == len(keys) else frozenset()


def package_of(executable: str) -> Path | None:
    """Return the folder of the package beside a `vllm` command in an environment; None where there is none."""
    root = Path(executable).parent.parent
    return next((path for path in sorted(root.glob("lib/python3*/site-packages/vllm")) if path.is_dir()), None)
