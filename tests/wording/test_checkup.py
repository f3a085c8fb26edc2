"""What was found is told in words, also where there is nothing and that is no trouble."""

from trayapp.core.checkup import Finding, Topic
from trayapp.core.problems import Problem, ProblemKind
from trayapp.wording.checkup import finding_words


def test_no_gpu_is_told_as_such_where_the_processor_does_the_work() -> None:
    no_facts = {"driver_version": "", "cuda_version": ""}
    assert finding_words(Finding(Topic.GPU, no_facts)) == "None; vLLM runs on the processor"
    trouble = Problem(ProblemKind.NO_GPU, {"reason": ""})
    assert finding_words(Finding(Topic.GPU, no_facts, (trouble,))) == ""  # the problem says it all
