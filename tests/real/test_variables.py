"""The variables that are read from the real vLLM's file are those that it has when it runs."""

import subprocess
from pathlib import Path

import pytest

from trayapp.core.vllm_options import UnknownOption, find_unknown_variable
from trayapp.probes.vllm_options import find_variables, package_of

pytestmark = pytest.mark.real

TELL = "import runpy, sys; print(*runpy.run_path(sys.argv[1])['environment_variables'])"


def test_the_variables_of_the_file_are_those_of_the_program(vllm: Path) -> None:
    package = package_of(str(vllm))
    assert package is not None
    command = [vllm.with_name("python"), "-c", TELL, package / "envs.py"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    known = find_variables(package)
    assert known == set(told.stdout.split())
    nearest = UnknownOption("VLLM_LOGING_LEVEL", "VLLM_LOGGING_LEVEL")
    assert find_unknown_variable(("VLLM_LOGGING_LEVEL", "VLLM_LOGING_LEVEL"), known) == nearest
