"""What people reported of their own cards, verdict by verdict."""

from tests.core.model_configs import (
    LLAMA_8B,
    MISTRAL_7B,
    MIXTRAL_AWQ,
    PHI3_MINI,
    QWEN3_8B,
    QWEN3_8B_AWQ,
    QWEN3_32B_AWQ,
    QWEN3_VL_4B_FP8,
    QWEN25_7B,
    QWEN25_14B_AWQ,
    card,
    report_for,
)
from trayapp.core.launch_plan import Report
from trayapp.core.memory_plan import MemoryPlan, Verdict
from trayapp.core.problems import ProblemKind
from trayapp.core.ways import Way

FITS_SOMEHOW = {Verdict.FITS, Verdict.REDUCED_CONTEXT}
LIKE_A_DATA_CENTRE = {"max_num_seqs": 256, "max_num_batched_tokens": 2048}


def memory_of(report: Report) -> MemoryPlan:
    assert report.memory is not None
    return report.memory


def ways_of(report: Report) -> list[str]:
    problems = [*report.problems, *report.warnings]
    return [way for problem in problems for way in str(problem.values.get("ways", "")).split(",") if way]


def test_1_a_pascal_card_runs_no_vllm_and_is_sent_to_ollama() -> None:
    report = report_for(QWEN3_8B_AWQ, 5.7, card(23.9, 23.5, "6.1", "Tesla P40"))
    assert report.verdict is Verdict.UNSUPPORTED
    assert report.problems[0].kind is ProblemKind.GPU_NOT_SUPPORTED
    assert report.problems[0].values["last_version"] == ""


def test_2_a_12_gb_card_holds_what_was_seen_on_it() -> None:
    for utilization in (0.85, 0.90):
        report = report_for(
            QWEN3_8B_AWQ, 5.7, card(11.6, 11.1), gpu_memory_utilization=utilization, **LIKE_A_DATA_CENTRE
        )
        assert report.verdict is Verdict.REDUCED_CONTEXT
    fits = memory_of(report).largest_that_fits
    assert fits.low <= 26_608 <= fits.high
    assert memory_of(report).planned_context <= 26_064


def test_2_with_few_requests_and_what_is_free_at_least_that_much_is_planned() -> None:
    report = report_for(QWEN3_8B_AWQ, 5.7, card(11.6, 11.1))
    assert report.verdict is Verdict.REDUCED_CONTEXT
    assert 24_000 <= memory_of(report).planned_context < 40_960


def test_3_less_is_planned_than_vllm_says_is_possible() -> None:
    # A card of which other programs leave little: 3.06 GiB were left for the KV cache at 0.85.
    report = report_for(QWEN3_8B_AWQ, 5.7, card(11.6, 10.5), gpu_memory_utilization=0.85, **LIKE_A_DATA_CENTRE)
    assert report.verdict is Verdict.REDUCED_CONTEXT
    assert memory_of(report).planned_context <= memory_of(report).largest_that_fits.low * 0.98
    assert memory_of(report).planned_context % 16 == 0
    assert memory_of(report).planned_context < 22_256


def test_4_weights_larger_than_the_card_are_refused_before_the_download() -> None:
    for utilization in (0.60, 0.80, 0.95):
        report = report_for(
            MISTRAL_7B,
            13.5,
            card(11.6, 11.1, "8.9"),
            gpu_memory_utilization=utilization,
            max_model_len=2048,
            max_num_seqs=1,
        )
        assert report.verdict is Verdict.DOES_NOT_FIT
        assert {Way.FOUR_BITS, Way.OLLAMA, Way.REMOTE} <= set(ways_of(report))
    assert report.launch is not None, "it can be started anyway"


def test_5_a_4_bit_model_that_is_still_too_large_does_not_fit() -> None:
    report = report_for(MIXTRAL_AWQ, 23.0, card(11.6, 11.1, "8.9"))
    assert report.verdict is Verdict.DOES_NOT_FIT
    assert Way.FOUR_BITS not in ways_of(report)
    assert Way.SMALLER_MODEL in ways_of(report)


def test_6_few_requests_make_a_tight_model_fit() -> None:
    report = report_for(PHI3_MINI, 7.2, card(11.6, 11.1, "8.9"))
    assert report.verdict in FITS_SOMEHOW
    tight = report_for(PHI3_MINI, 7.2, card(11.6, 11.1, "8.9"), **LIKE_A_DATA_CENTRE)
    assert memory_of(tight).kv_cache.low < memory_of(report).kv_cache.low


def test_7_unlimited_images_do_not_fit_on_8_gb_but_one_does() -> None:
    laptop = card(7.9, 6.9, "12.0", "RTX 5060")
    asked = report_for(
        QWEN3_VL_4B_FP8,
        4.5,
        laptop,
        gpu_memory_utilization=0.80,
        max_model_len=4096,
        extra_arguments=("--limit-mm-per-prompt", '{"image":999,"video":999}'),
        **LIKE_A_DATA_CENTRE,
    )
    assert asked.verdict is Verdict.DOES_NOT_FIT
    assert Way.FEWER_IMAGES in ways_of(asked)
    one = report_for(QWEN3_VL_4B_FP8, 4.5, laptop, gpu_memory_utilization=0.80, max_model_len=2048, max_num_seqs=4)
    assert one.verdict is Verdict.REDUCED_CONTEXT
    assert one.launch is not None
    assert '{"image":1,"video":0}' in one.launch.arguments


def test_8_a_14b_awq_fits_on_16_gb() -> None:
    report = report_for(QWEN25_14B_AWQ, 9.4, card(15.6, 15.1, "8.9", "RTX 4080"))
    assert report.verdict in FITS_SOMEHOW


def test_9_an_8b_in_16_bits_has_over_30000_tokens_on_24_gb() -> None:
    report = report_for(QWEN3_8B, 15.3, card(23.6, 23.1, "8.9", "RTX 4090"))
    assert report.verdict in FITS_SOMEHOW
    assert memory_of(report).largest_that_fits.low > 30_000
    seen = report_for(QWEN3_8B, 15.3, card(23.6, 23.1, "8.9", "RTX 4090"), **LIKE_A_DATA_CENTRE)
    assert memory_of(seen).largest_that_fits.low <= 35_792 <= memory_of(seen).kv_cache_tokens.high


def test_10_a_32b_in_4_bits_has_a_shorter_context_on_24_gb() -> None:
    report = report_for(QWEN3_32B_AWQ, 18.0, card(23.6, 23.2, "8.6", "RTX 3090"))
    assert report.verdict is Verdict.REDUCED_CONTEXT


def test_11_an_80_gb_card_holds_the_whole_context() -> None:
    report = report_for(LLAMA_8B, 15.0, card(79.2, 78.7, "8.0", "NVIDIA A100-SXM4-80GB"), **LIKE_A_DATA_CENTRE)
    assert report.verdict is Verdict.FITS
    assert memory_of(report).planned_context == 131_072


def test_12_a_v100_needs_an_older_vllm() -> None:
    report = report_for(QWEN25_7B, 14.2, card(31.7, 31.3, "7.0", "Tesla V100"), version="0.33.0")
    assert report.verdict is Verdict.UNSUPPORTED
    assert report.problems[0].values["last_version"] == "0.18"
    assert report_for(QWEN25_7B, 14.2, card(31.7, 31.3, "7.0"), version="0.18.0").verdict in FITS_SOMEHOW


def test_13_a_t4_computes_in_float16_and_has_no_fp8_cache() -> None:
    turing = card(14.6, 14.4, "7.5", "Tesla T4")
    report = report_for(QWEN25_7B | {"quantization_config": {"quant_method": "awq", "bits": 4}}, 5.2, turing)
    assert report.verdict in FITS_SOMEHOW
    assert report.launch is not None
    assert report.launch.arguments[report.launch.arguments.index("--dtype") + 1] == "half"
    assert Way.FP8_CACHE not in ways_of(report)
    refused = report_for(QWEN25_7B, 5.2, turing, kv_cache_dtype="fp8")
    assert [problem.kind for problem in refused.problems] == [ProblemKind.FP8_CACHE_NOT_SUPPORTED]
