#!/usr/bin/env bash
# Sets everything up that is missing, then runs vLLM Tray: bash installer/run.sh [ARGUMENTS OF vllm-tray]
# The second run is quick and needs no network.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source installer/linux/system.sh

need_python
need "${APP_NEEDS[@]}"
environment installed-for-running requirements.lock
need_utf8
exec .venv/bin/vllm-tray "$@"
