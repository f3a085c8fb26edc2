"""How a program reaches the running model: its address, the name to ask for, and the key."""

from dataclasses import dataclass, field, replace

HIDDEN_KEY = "••••••••"


@dataclass(frozen=True, slots=True)
class Access:
    """endpoint ends in /v1; key is "" where none is asked for; max_model_len is 0 where it is not known.

    ca_file is a certificate authority of the server's own, "" for none.
    """

    endpoint: str
    model_name: str
    key: str = field(default="", repr=False)
    max_model_len: int = 0
    ca_file: str = ""

    def with_hidden_key(self) -> "Access":
        """Return the same with dots for the key: for the screen."""
        return replace(self, key=HIDDEN_KEY) if self.key else self
