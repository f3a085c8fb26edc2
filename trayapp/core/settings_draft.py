"""Settings while a person changes them: what is chosen so far, for one model or for all, and what of it is wrong."""

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp.core.extra_arguments import find_refused
from trayapp.core.openness import openness_problem
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.settings import PER_MODEL, Settings, as_kept, check_setting, recent_models, setting_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.launch_plan import Report
    from trayapp.core.machine import VllmInstall
    from trayapp.core.vllm_options import UnknownOption

_WITHOUT_RESTART = frozenset(
    {
        *("start_on_login", "start_model_on_launch", "autostart_entry_made", "language", "recent_models"),
        *("model_folders", "one_address_port", "code_allowed"),
    }
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a start with the draft would be: the plan or why there is none, and what other choices would change."""

    report: "Report | None" = None
    problem: Problem | None = None
    port_problem: Problem | None = None
    installs: tuple["VllmInstall", ...] = ()
    unknown: "UnknownOption | None" = None
    unknown_variable: "UnknownOption | None" = None
    gains: "Mapping[str, Gain]" = field(default_factory=dict)  # what other_choices would change
    free_port: int = 0  # nobody has this one; 0: it was not asked
    one_address_problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Gain:
    """What one other value would change, in tokens: of the context, and of all that the memory holds at once."""

    value: object
    context: int
    held: int = 0


_CHOICES_TRIED: "Mapping[str, object]" = MappingProxyType(
    {
        "gpu_memory_utilization": 0.0,
        "memory_reserve_bytes": 0,
        "max_num_seqs": 1,
        "kv_cache_dtype": "fp8",
        "enforce_eager": True,
    }
)


def other_choices(settings: Settings) -> dict[str, object]:
    """Return what is planned beside the draft, so that a field can say what it buys, whatever is chosen in it."""
    others = {
        name: value if getattr(settings, name) != value else getattr(Settings(), name)
        for name, value in _CHOICES_TRIED.items()
    }
    return {name: value for name, value in others.items() if getattr(settings, name) != value}


@dataclass(frozen=True, slots=True)
class Draft:
    """of_model: what may be a model's own is changed for the chosen model alone."""

    saved: Settings
    now: Settings
    of_model: bool = False
    wrong: "Mapping[str, Problem]" = field(default_factory=dict)

    def value(self, name: str) -> object:
        """Return what a field shows."""
        own = self.now.models.get(self.now.model, {})
        return own[name] if self.is_own(name) else getattr(self.now, name)

    def is_own(self, name: str) -> bool:
        """Whether the chosen model has this of its own, and that is what is being changed."""
        return self.of_model and self._has_own(name)

    def is_passed_over(self, name: str) -> bool:
        """Whether what all models share is being changed, while the chosen model has this of its own."""
        return not self.of_model and self._has_own(name)

    def is_default(self, name: str) -> bool:
        """Whether there is nothing to go back from."""
        if self.is_own(name) or name in self.wrong:
            return False
        return (self.of_model and name in PER_MODEL) or self.value(name) == getattr(Settings(), name)

    def with_value(self, name: str, value: object) -> "Draft":
        """Return the draft with another value; one that is not allowed changes nothing, and is known as wrong."""
        problem = check_setting(name, value)
        rest = {key: each for key, each in self.wrong.items() if key != name}
        if problem is not None:
            return replace(self, wrong={**rest, name: problem})
        kept = as_kept(name, value)
        if not (self.of_model and name in PER_MODEL and self.now.model):
            return replace(self, now=self.now.with_changes({name: kept}), wrong=rest)
        own = {**self.now.models.get(self.now.model, {}), name: kept}
        return replace(self, now=self._with_own(own), wrong=rest)

    def without(self, name: str) -> "Draft":
        """Return the draft with what all models share in place of the model's own, or with the default."""
        rest = {key: each for key, each in self.wrong.items() if key != name}
        if self.is_own(name):
            own = {key: each for key, each in self.now.models[self.now.model].items() if key != name}
            return replace(self, now=self._with_own(own), wrong=rest)
        if self.of_model and name in PER_MODEL:
            return replace(self, wrong=rest)
        return replace(self, now=self.now.with_changes({name: getattr(Settings(), name)}), wrong=rest)

    def for_all(self, *, of_model: bool) -> "Draft":
        """Return the draft with the other scope; what is wrong in a field goes with the field."""
        return replace(self, of_model=of_model, wrong={})

    def changes(self) -> dict[str, object]:
        """Return what differs from what is saved."""
        names = [name for name in setting_names() if getattr(self.now, name) != getattr(self.saved, name)]
        return {name: getattr(self.now, name) for name in names}

    def on(self, saved: Settings) -> "Draft":
        """Return what was changed so far, on settings that something else has saved meanwhile."""
        now = saved.with_changes({**self.changes(), "models": self._models_on(saved)})
        same_model = now.model == self.now.model
        return replace(self, saved=saved, now=now, of_model=self.of_model if same_model else now.model in now.models)

    def with_recent(self) -> "Draft":
        """Return the draft with the model that was chosen before among the last ones, if another one is chosen now."""
        if self.now.model == self.saved.model:
            return self
        return replace(self, now=self.now.with_changes({"recent_models": recent_models(self.saved, self.now.model)}))

    @property
    def in_force(self) -> Settings:
        """What a start would use."""
        return self.now.for_model()

    @property
    def needs_restart(self) -> bool:
        """Whether a running model has to start again for the changes to count."""
        return bool(set(self.changes()) - _WITHOUT_RESTART)

    def doubts(self) -> dict[str, Problem]:
        """Return what is wrong with each field: values, and what does not go together."""
        found = dict(self.wrong)
        settings = self.in_force
        open_problem = openness_problem(settings)
        in_keyring = settings.use_server_key
        if open_problem is not None and not (in_keyring and open_problem.kind is ProblemKind.OPEN_WITHOUT_KEY):
            found.setdefault("host", open_problem)
        if settings.one_address_port and settings.one_address_port == settings.port:
            port = {"key": "one_address_port", "value": str(settings.port), "allowed": "another port than the server's"}
            found.setdefault("one_address_port", Problem(ProblemKind.SETTING_NOT_ALLOWED, port))
        refused = find_refused(settings.extra_arguments)
        if refused is not None:
            values = {"argument": refused.argument, "setting": refused.setting, "reason": refused.why.value, "code": ""}
            found.setdefault("extra_arguments", Problem(ProblemKind.ARGUMENT_NOT_ALLOWED, values))
        return found

    def _has_own(self, name: str) -> bool:
        return name in PER_MODEL and name in self.now.models.get(self.now.model, {})

    def _models_on(self, saved: Settings) -> "Mapping[str, Mapping[str, object]]":
        """Return what each model has of its own: as it is saved, but for the single values that were changed here."""
        models = {model: dict(own) for model, own in saved.models.items()}
        for model in {*self.saved.models, *self.now.models}:
            before, now = self.saved.models.get(model, {}), self.now.models.get(model, {})
            own = models.setdefault(model, {})
            own.update({name: value for name, value in now.items() if before.get(name) != value})
            for name in before.keys() - now.keys():
                own.pop(name, None)
        return MappingProxyType({model: MappingProxyType(own) for model, own in models.items() if own})

    def _with_own(self, own: "Mapping[str, object]") -> Settings:
        models = {key: each for key, each in self.now.models.items() if key != self.now.model}
        if own:
            models[self.now.model] = MappingProxyType(dict(own))
        return self.now.with_changes({"models": MappingProxyType(models)})
