#!/usr/bin/env bash
# Writes requirements.lock and tests/requirements.lock anew from pyproject.toml: bash installer/lock.sh [--upgrade]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compile() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@"
}
# The build backend is locked too: the project itself is installed without looking for one.
printf 'hatchling\neditables\n' | compile "$@" pyproject.toml - --output-file requirements.lock
compile "$@" --group test --constraints requirements.lock --output-file tests/requirements.lock
