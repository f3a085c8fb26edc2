"""Reads from unpacked wheels of vLLM which options and parsers each version has: collect_vllm_options.py FOLDER.

FOLDER holds one folder for each version, with the package `vllm` in it. Writes vllm_options.json beside this file.
Nothing of vLLM is imported: options are the literals of its add_argument calls and the fields of FrontendArgs.
"""

import ast
import json
import re
import sys
from pathlib import Path

_OPTION = re.compile(r"--[a-z][a-z0-9-]+")


def options_of(package: Path) -> set[str]:
    found = set()
    files = [package / "engine/arg_utils.py", *package.glob("entrypoints/openai/cli_args.py")]
    files += [*package.glob("entrypoints/launchers/cli_args.py"), *package.glob("entrypoints/common/cli_args.py")]
    files += [*package.glob("entrypoints/cli/serve.py"), *package.glob("entrypoints/serve/utils/*args*.py")]
    for file in files:
        if not file.is_file():
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument":
                texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                found |= {text for text in texts if isinstance(text, str) and _OPTION.fullmatch(text)}
            if isinstance(node, ast.ClassDef) and node.name.endswith("FrontendArgs"):
                names = [item.target.id for item in node.body if isinstance(item, ast.AnnAssign)]
                found |= {"--" + name.replace("_", "-") for name in names}
    return found


def names_registered(folder: Path, table: str) -> set[str]:
    found = set()
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "register_module":
                for arg in [*node.args, *(word.value for word in node.keywords)]:
                    texts = arg.elts if isinstance(arg, ast.List) else [arg]
                    found |= {item.value for item in texts if isinstance(getattr(item, "value", None), str)}
            targets = [getattr(target, "id", "") for target in getattr(node, "targets", [])]
            if isinstance(node, ast.Assign) and table in targets and isinstance(node.value, ast.Dict):
                found |= {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
    return {name for name in found if re.fullmatch(r"[a-z0-9_-]+", name)}


def main() -> None:
    result = {}
    folders = [path for path in Path(sys.argv[1]).iterdir() if re.fullmatch(r"\d+\.\d+\.\d+", path.name)]
    for folder in sorted(folders, key=lambda path: [int(part) for part in path.name.split(".")]):
        package = folder / "vllm"
        tools = [package / "tool_parsers", package / "entrypoints/openai/tool_parsers"]
        result[folder.name] = {
            "options": sorted(options_of(package)),
            "tool_parsers": sorted(
                set().union(*(names_registered(path, "_TOOL_PARSERS_TO_REGISTER") for path in tools if path.is_dir()))
            ),
            "reasoning_parsers": sorted(names_registered(package / "reasoning", "_REASONING_PARSERS_TO_REGISTER")),
        }
    lines = [f'"{version}": {json.dumps(lists)}' for version, lists in result.items()]
    Path(__file__).with_name("vllm_options.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
