"""A program that asks for secrets as it is told on its standard input, and says what came back.

Run as: python -m tests.desktop.secret_keeper
"""

import json
import sys

from trayapp.desktop.secrets import Secrets


def main() -> None:
    """Read what to do, one JSON list a line; print the answer."""
    secrets = Secrets()
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        answer = getattr(secrets, name)(*arguments)
        print(json.dumps(answer if isinstance(answer, str | None) else [answer.kind, dict(answer.values)]))
    assert "keyring" not in sys.modules, "an idle app would pay for it"


if __name__ == "__main__":
    main()
