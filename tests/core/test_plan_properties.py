"""What holds for every plan, whatever the model, the card and the settings."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import a_version
from tests.core.model_configs import (
    DEEPSEEK_V3,
    GEMMA3_12B,
    GPT_OSS_20B,
    LLAMA_8B,
    PHI3_MINI,
    QWEN3_8B_AWQ,
    QWEN3_NEXT,
    QWEN3_VL_4B_FP8,
    QWEN25_7B,
    QWEN35_27B,
    card,
    found,
    report_for,
)
from trayapp.core.kv_cache_layout import CacheChoice, plan_layout
from trayapp.core.memory_plan import MemoryPlan, Span
from trayapp.core.model_facts import ModelFacts, read_model_facts

MODELS = [
    LLAMA_8B,
    QWEN3_8B_AWQ,
    QWEN25_7B,
    PHI3_MINI,
    GPT_OSS_20B,
    GEMMA3_12B,
    DEEPSEEK_V3,
    QWEN3_NEXT,
    QWEN35_27B,
    QWEN3_VL_4B_FP8,
]
VERSIONS = ["0.6.6", "0.8.5", "0.9.2", "0.11.0", "0.14.0", "0.18.0", "0.21.0", "0.25.0", "0.28.0", "0.32.0", "0.33.0"]

models = st.sampled_from(MODELS)
versions = st.sampled_from(VERSIONS)
sizes_gib = st.floats(2.0, 141.0)
held = st.fixed_dictionaries(
    {
        "max_num_seqs": st.integers(1, 512),
        "max_num_batched_tokens": st.sampled_from([512, 2048, 8192, 32768]),
        "enforce_eager": st.booleans(),
        "kv_cache_dtype": st.sampled_from(["auto", "fp8"]),
        "gpu_memory_utilization": st.sampled_from([0.0, 0.5, 0.85, 0.95]),
    }
)


def plan_of(
    model: dict[str, Any], weights: float, total: float, free: float, version: str, values: dict[str, Any]
) -> MemoryPlan:
    report = report_for(model, weights, card(total, free, "9.0"), version=version, **values)
    assert report.memory is not None
    return report.memory


def facts_of(model: dict[str, Any]) -> ModelFacts:
    facts = read_model_facts(found(model))
    assert isinstance(facts, ModelFacts)
    return facts


@settings(max_examples=150, deadline=None)
@given(models, versions, st.floats(0.1, 80.0), sizes_gib, st.floats(0.0, 20.0), held)
def test_more_memory_never_shortens_the_context(
    model: dict[str, Any], version: str, weights: float, total: float, more: float, values: dict[str, Any]
) -> None:
    small = plan_of(model, weights, total, total - 0.5, version, values)
    large = plan_of(model, weights, total + more, total + more - 0.5, version, values)
    assert small.largest_that_fits.low <= large.largest_that_fits.low
    assert small.largest_that_fits.high <= large.largest_that_fits.high
    assert small.planned_context <= large.planned_context


@settings(max_examples=150, deadline=None)
@given(models, versions, st.floats(0.1, 80.0), sizes_gib, st.floats(0.0, 1.0), held)
def test_every_span_has_its_low_end_first_and_the_parts_add_up(
    model: dict[str, Any], version: str, weights: float, total: float, free: float, values: dict[str, Any]
) -> None:
    plan = plan_of(model, weights, total, total * free, version, values)
    spans = (plan.activation, plan.other, plan.cuda_graphs, plan.kv_cache, plan.kv_cache_tokens, plan.largest_that_fits)
    assert all(span.low <= span.high for span in spans)
    assert all(span.low >= 0 for span in (plan.activation, plan.other, plan.cuda_graphs))
    inside = plan.activation.plus(plan.other)
    if plan.graphs_in_budget:
        inside = inside.plus(plan.cuda_graphs)
    left = plan.budget_bytes - plan.weights_bytes
    assert plan.kv_cache == Span(left - inside.high, left - inside.low)


@settings(max_examples=100, deadline=None)
@given(models, versions, st.floats(0.1, 30.0), sizes_gib, held)
def test_what_is_planned_stays_below_what_fits(
    model: dict[str, Any], version: str, weights: float, total: float, values: dict[str, Any]
) -> None:
    plan = plan_of(model, weights, total, total - 0.3, version, values)
    assert plan.planned_context <= plan.largest_that_fits.low
    if plan.planned_context < plan.wanted_context:
        assert plan.planned_context <= 0.98 * plan.largest_that_fits.low
        assert plan.planned_context % 16 == 0


@settings(max_examples=150, deadline=None)
@given(models, versions, st.integers(1, 300_000), st.integers(0, 100_000), st.sampled_from([1, 2, 4, 8]))
def test_a_longer_context_never_needs_less(
    model: dict[str, Any], version: str, tokens: int, more: int, ranks: int
) -> None:
    choice = CacheChoice(a_version(version), 2, 2, tensor_parallel_size=ranks)
    layout = plan_layout(facts_of(model).kv_layers, choice)
    assert layout.bytes_for(tokens) <= layout.bytes_for(tokens + more)


@settings(max_examples=150, deadline=None)
@given(models, versions, st.integers(0, 64 << 30), st.sampled_from([1, 2, 4]), st.booleans())
def test_the_largest_context_fits_and_a_block_more_does_not(
    model: dict[str, Any], version: str, available: int, ranks: int, on_cpu: bool
) -> None:
    choice = CacheChoice(a_version(version), 2, 2, tensor_parallel_size=ranks, on_cpu=on_cpu)
    layout = plan_layout(facts_of(model).kv_layers, choice)
    longest = facts_of(model).native_context
    largest = layout.largest_context(available, longest)
    room = available - layout.blocks_held_back * layout.block_bytes
    if largest == 0:
        assert layout.bytes_for(1) > room
        return
    assert layout.bytes_for(largest) <= room
    if largest < longest:
        assert layout.bytes_for(largest + layout.block_tokens) > room


@settings(max_examples=60, deadline=None)
@given(models, st.integers(1, 64), st.integers(1, 64))
def test_fewer_requests_never_shorten_the_context(model: dict[str, Any], few: int, more: int) -> None:
    values = {"max_num_batched_tokens": 2048}
    small = plan_of(model, 4.0, 16.0, 15.5, "0.32.0", values | {"max_num_seqs": few})
    large = plan_of(model, 4.0, 16.0, 15.5, "0.32.0", values | {"max_num_seqs": few + more})
    assert small.largest_that_fits.low >= large.largest_that_fits.low


@settings(max_examples=200, deadline=None)
@given(
    models,
    st.dictionaries(
        st.sampled_from(
            [
                "num_hidden_layers",
                "num_attention_heads",
                "num_key_value_heads",
                "head_dim",
                "hidden_size",
                "vocab_size",
                "max_position_embeddings",
                "sliding_window",
                "layer_types",
                "rope_scaling",
                "rope_parameters",
                "quantization_config",
                "text_config",
                "kv_lora_rank",
                "num_experts",
                "auto_map",
            ]
        ),
        st.one_of(
            st.none(),
            st.integers(-5, 1 << 50),
            st.floats(allow_nan=True),
            st.text(max_size=5),
            st.lists(st.text(max_size=5), max_size=3),
            st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
        ),
        max_size=4,
    ),
)
def test_rubbish_in_a_config_is_a_problem_or_a_plan_but_never_an_exception(
    model: dict[str, Any], rubbish: dict[str, Any]
) -> None:
    report = report_for({**model, **rubbish}, 4.0, card(24.0))
    assert report.problems or report.launch
    nested = {**model, "text_config": {**model.get("text_config", model), **rubbish}}
    report = report_for(nested, 4.0, card(24.0), model=replace(found(nested), weights_bytes=None))
    assert report.problems or report.launch
