"""Numbers and names from a model's config.json, with the key named when one makes no sense."""

from collections.abc import Mapping

_LARGEST = 1 << 40  # no count in a config is larger; a larger one is a typing error or a trap


class BadConfigError(ValueError):
    """A key of a config.json makes no sense; read_model_facts turns this into a Problem."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key} {reason}")
        self.key = key
        self.reason = reason


class ConfigReader:
    """One object of a config.json; prefix is where it stands ("text_config.")."""

    def __init__(self, values: Mapping[str, object], prefix: str = "") -> None:
        self.values = values
        self.prefix = prefix

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self.values.get(key) is not None

    def whole(self, *keys: str, least: int = 1) -> int | None:
        """Return the first of the keys that is there as a whole number, or None.

        Raises BadConfigError for anything but a number of at least least.
        """
        for key in keys:
            value = self.values.get(key)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
                raise BadConfigError(self.prefix + key, f"is {_short(value)}, not a whole number")
            if not least <= value <= _LARGEST:
                raise BadConfigError(self.prefix + key, f"is {_short(value)}, which cannot be")
            return int(value)
        return None

    def number(self, key: str) -> float | None:
        """Return a number above 0, or None when the key is not there. Raises BadConfigError for anything else."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise BadConfigError(self.prefix + key, f"is {_short(value)}, not a number above 0")
        return float(value)

    def text(self, *keys: str) -> str:
        """Return the first of the keys that holds a text, or ""."""
        return next((value for key in keys if isinstance(value := self.values.get(key), str)), "")

    def switch(self, key: str) -> bool:
        """Whether the key is there and true."""
        return self.values.get(key) is True

    def names(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, () when the key is not there."""
        value = self.values.get(key)
        return tuple(map(str, value)) if isinstance(value, list | tuple) else ()

    def part(self, key: str) -> "ConfigReader | None":
        """Return the object under a key, or None when there is none."""
        value = self.values.get(key)
        return ConfigReader(value, f"{self.prefix}{key}.") if isinstance(value, Mapping) else None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"
