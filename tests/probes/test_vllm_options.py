"""The options of an installed vLLM, read from its files."""

from pathlib import Path

import pytest

from trayapp.probes.vllm_options import find_options, find_variables, package_of


def test_options_are_read_from_calls_and_from_classes(tmp_path: Path) -> None:
    package = tmp_path / "lib/python3.11/site-packages/vllm"
    (package / "engine").mkdir(parents=True)
    lines = [f'parser.add_argument("--option-{number}")' for number in range(60)]
    text = "\n".join([*lines, "class FrontendArgs:", "    allowed_origins: list[str] = []"])
    (package / "engine" / "arg_utils.py").write_text(text.replace("number", ""))
    options = find_options(package)
    assert {"--option-0", "--option-59", "--allowed-origins"} <= options
    assert package_of(str(tmp_path / "bin" / "vllm")) == package


def test_what_cannot_be_read_gives_none(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "arg_utils.py").write_text("def (")
    assert find_options(tmp_path) == frozenset()
    assert find_options(tmp_path / "nothing") == frozenset()
    assert package_of(str(tmp_path / "bin" / "vllm")) is None


@pytest.mark.parametrize("head", ["environment_variables", "environment_variables: dict[str, object]"])
def test_the_variables_are_read_from_the_table_and_nothing_is_run(tmp_path: Path, head: str) -> None:
    text = f"raise SystemExit\nother = {{'VLLM_OTHER': 1}}\n{head} = {{'VLLM_A': lambda: 1, 'CUDA_HOME': lambda: 2}}\n"
    (tmp_path / "envs.py").write_text(text)
    assert find_variables(tmp_path) == {"VLLM_A", "CUDA_HOME"}


@pytest.mark.parametrize(
    "text",
    [
        None,  # there is no such file
        "def (",
        "\0",
        "x = 1",
        "environment_variables = build()",
        "environment_variables: dict[str, object]",
        "environment_variables = {**others, 'VLLM_A': 1}",
        "environment_variables = {'VLLM_A': 1, NAME: 2}",
    ],
)
def test_a_table_of_another_form_gives_no_variables(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "envs.py").write_text(text)
    assert find_variables(tmp_path) == frozenset()
