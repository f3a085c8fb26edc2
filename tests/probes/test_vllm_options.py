"""The options of an installed vLLM, read from its files."""

from pathlib import Path

from trayapp.probes.vllm_options import find_options, package_of


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
