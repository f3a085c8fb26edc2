"""Plans for tests: planned(...) where one is expected, refused(...) where none is."""

from typing import Any

from tests.builders import (
    a_machine,
    a_model,
    an_install,
    some_settings,
)
from trayapp.core.found_model import FoundModel
from trayapp.core.launch_plan import Attempt, LaunchPlan, plan_launch
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.machine import Machine, VllmInstall
from trayapp.core.problems import Problem, ProblemKind, Refusal


def outcome(
    machine: Machine | None = None,
    install: VllmInstall | None = None,
    model: FoundModel | None = None,
    learned: LearnedLimits | None = None,
    **settings: Any,
) -> LaunchPlan | Refusal:
    asked = Attempt.__dataclass_fields__
    how = {name: settings.pop(name) for name in asked if name in settings}
    return plan_launch(
        some_settings(**settings),
        machine or a_machine(),
        install or an_install(),
        model or a_model(),
        learned or LearnedLimits(),
        Attempt(**how),
    )


def planned(*args: Any, **keywords: Any) -> LaunchPlan:
    plan = outcome(*args, **keywords)
    assert isinstance(plan, LaunchPlan), plan
    return plan


def refused(*args: Any, **keywords: Any) -> Refusal:
    refusal = outcome(*args, **keywords)
    assert isinstance(refusal, Refusal)
    return refusal


def value_of(plan: LaunchPlan, flag: str) -> str | None:
    return plan.arguments[plan.arguments.index(flag) + 1] if flag in plan.arguments else None


def kinds(problems: tuple[Problem, ...]) -> list[ProblemKind]:
    return [problem.kind for problem in problems]
