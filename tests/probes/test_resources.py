"""The files that come with the app are found in a checkout and in a wheel."""

import pytest

from trayapp.probes.resources import resource


def test_a_resource_of_the_checkout_is_found() -> None:
    assert (resource("selftest-model") / "make_model.py").is_file()


def test_a_name_that_does_not_come_with_the_app_is_a_mistake_of_the_program() -> None:
    with pytest.raises(FileNotFoundError, match="nonsense"):
        resource("nonsense")
