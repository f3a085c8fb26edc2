"""Prints the table: python -m tests.faults [--long] [arguments of pytest]."""

import contextlib
import io
import sys
from pathlib import Path

import pytest

from tests.faults.table import Table


def main() -> int:
    """Run every proof; return 0 when all promises held."""
    table = Table()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = pytest.main([str(Path(__file__).parent), "-q", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[table])
    if code:
        print(said.getvalue())
    print(table.words())
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
