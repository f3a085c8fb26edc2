#!/usr/bin/env bash
# Sets everything up that is missing, then runs all checks: bash installer/test.sh [ARGUMENTS OF pytest]
# --long makes every start of the real vLLM instead of a selection. The second run needs no network.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source installer/linux/system.sh

need_python
need "${APP_NEEDS[@]}" "${TEST_NEEDS[@]}"
wish "${TEST_WISHES[@]}"
environment installed-for-testing requirements.lock tests/requirements.lock
export LANG=C.UTF-8 LC_ALL=C.UTF-8 # the tests read English

# The real vLLM, set up by the app's own installer where the tests alone use it.
if [[ -z ${VLLM_TRAY_TEST_RUNTIME:-} ]]; then
  VLLM_TRAY_TEST_RUNTIME=${XDG_CACHE_HOME:-$HOME/.cache}/vllm-tray/test-runtime/vllm-0.32.0-cpu
  .venv/bin/vllm-tray runtime install cpu --version 0.32.0 --folder "$VLLM_TRAY_TEST_RUNTIME"
fi
export VLLM_TRAY_TEST_RUNTIME

# All three, whatever the ones before found: one run shows everything.
failed=()
.venv/bin/ruff check || failed+=(ruff)
.venv/bin/mypy || failed+=(mypy)
.venv/bin/python -m pytest "$@" || failed+=(pytest)
((${#failed[@]} == 0)) || die "Not passed: ${failed[*]}"
