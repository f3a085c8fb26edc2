"""Of a repository only what vLLM needs is chosen, and what is dangerous or useless is refused with its reason."""

import pytest

from trayapp.core.hub_files import HubFile, choose_files, index_problem
from trayapp.core.problems import Problem, ProblemKind


def files(*names: str) -> list[HubFile]:
    return [HubFile(name, 10, "0" * 40) for name in names]


def chosen(*names: str, config: dict[str, object] | None = None, code_allowed: bool = False) -> list[str] | Problem:
    found = choose_files("org/m", "abc", files(*names), config or {}, code_allowed=code_allowed)
    return found if isinstance(found, Problem) else [file.name for file in found]


def test_the_small_files_come_first_and_nothing_twice() -> None:
    names = (
        *("model-1.safetensors", "config.json", "tokenizer.json", "merges.txt", "tokenizer.model"),
        *("chat_template.jinja", "README.md", "pytorch_model.bin", "pytorch_model.bin.index.json", "model.gguf"),
        "consolidated.safetensors",
        *("onnx/model.onnx", "original/consolidated.00.pth", "original/params.json", "LICENSE", "figure.png"),
        *("adapter_model.safetensors", "qwen.tiktoken", "model.safetensors.index.json"),
    )
    assert chosen(*names) == [
        *("LICENSE", "chat_template.jinja", "config.json", "merges.txt", "model.safetensors.index.json"),
        *("qwen.tiktoken", "tokenizer.json", "tokenizer.model", "model-1.safetensors"),
    ]


def test_weights_in_mistrals_form_alone_are_taken() -> None:
    assert chosen("consolidated.safetensors", "params.json") == ["params.json", "consolidated.safetensors"]


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("config.json", "pytorch_model.bin"), ProblemKind.MODEL_PICKLED),
        (("model-q4.gguf", "pytorch_model.bin"), ProblemKind.MODEL_ONLY_GGUF),
        (("config.json",), ProblemKind.MODEL_WITHOUT_SAFETENSORS),
        (("other/model.safetensors",), ProblemKind.MODEL_WITHOUT_SAFETENSORS),
    ],
)
def test_without_safetensors_nothing_is_chosen(names: tuple[str, ...], kind: ProblemKind) -> None:
    found = chosen(*names)
    assert isinstance(found, Problem)
    assert found.kind is kind


def test_code_is_taken_only_with_the_word_of_the_person() -> None:
    names = ("config.json", "modeling_own.py", "model.safetensors")
    config: dict[str, object] = {"auto_map": {"AutoModel": "modeling_own.M"}}
    refused = chosen(*names, config=config)
    assert isinstance(refused, Problem)
    assert refused.kind is ProblemKind.MODEL_CODE_NOT_ALLOWED
    assert refused.values["revision"] == "abc"
    assert chosen(*names, config=config, code_allowed=True) == ["config.json", "modeling_own.py", "model.safetensors"]
    # Code that the config does not refer to is no part of the model.
    assert chosen(*names) == ["config.json", "model.safetensors"]


@pytest.mark.parametrize("index", [None, [], {}, {"weight_map": {}}, {"weight_map": {"a": "model-2.safetensors"}}])
def test_an_index_that_does_not_match_is_a_problem(index: object) -> None:
    problem = index_problem("org/m", index, files("model-1.safetensors"))
    assert problem is not None
    assert problem.kind is ProblemKind.MODEL_INDEX_WRONG


def test_an_index_that_matches_is_none() -> None:
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-1.safetensors"}}
    assert index_problem("org/m", index, files("model-1.safetensors")) is None
