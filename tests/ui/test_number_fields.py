"""Numbers in the settings: shown and read as the language in use writes them, and kept as they are."""

import math
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from trayapp.core.settings import Settings, check_setting
from trayapp.core.settings_draft import Draft
from trayapp.core.units import GIB
from trayapp.ui.fields import Field, FieldSpec, Kind, read_text, write_text
from trayapp.ui.settings_pages import page_fields
from trayapp.wording.settings import field_error, help_and_default
from trayapp.wording.translation import use_language

VALUES = {
    "gpu_memory_utilization": (0.05, 0.5, 0.9, 0.925, 0.99),
    "memory_reserve_bytes": (Settings().memory_reserve_bytes, GIB, 10 * GIB + GIB // 4, 64 * GIB),
    "max_model_len": (16, 8192, 26_064, 1_048_576),
    "port": (1, 8000, 65_535),
    "one_address_port": (1024, 65_535),
    "tensor_parallel_size": (1, 64),
    "max_num_batched_tokens": (16, 2048, 1 << 20),
}


@pytest.fixture(params=["en", "de"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    use_language(request.param)
    yield request.param
    use_language("en")


@pytest.fixture
def german() -> Iterator[None]:
    use_language("de")
    yield
    use_language("en")


def number_fields() -> dict[str, FieldSpec]:
    numbers = {Kind.WHOLE, Kind.NUMBER, Kind.GIB}
    return {spec.name: spec for page in page_fields().values() for spec in page if spec.kind in numbers}


def test_the_values_below_are_for_every_number_field() -> None:
    assert set(VALUES) == set(number_fields())
    for name, values in VALUES.items():
        assert [check_setting(name, value) for value in values] == [None] * len(values)


@pytest.mark.parametrize("name", VALUES)
def test_what_a_field_shows_is_read_as_the_same_value(language: str, qtbot: QtBot, name: str) -> None:
    window, told = QWidget(), []
    qtbot.addWidget(window)
    field = Field(number_fields()[name], QGridLayout(window), 0, window)
    field.edited.connect(lambda _name, value: told.append(value))
    line = window.findChild(QLineEdit, name)
    assert line is not None
    for value in VALUES[name]:
        field.render_value(value, "", default=False)
        shown = line.text()
        wrong_mark = "." if language == "de" else ","
        assert wrong_mark not in shown
        line.clear()
        qtbot.keyClicks(line, shown)
        assert told[-1] == value, shown


@pytest.mark.parametrize(("kind", "unit"), [(Kind.NUMBER, 1.0), (Kind.GIB, GIB)])
@pytest.mark.parametrize(
    ("text", "in_english", "in_german"),
    [
        ("0.9", 0.9, 0.9),
        ("0,9", 0.9, 0.9),
        (" ,5 ", 0.5, 0.5),
        ("0.925", 0.925, 0.925),
        ("0,925", 0.925, 0.925),
        ("1.500", 1.5, 1500),
        ("1,500", 1500, 1.5),
        ("1,234.5", 1234.5, 1234.5),
        ("1.234,5", 1234.5, 1234.5),
        ("12", 12, 12),
        ("", 0, 0),
    ],
)
def test_a_decimal_mark_is_read_as_the_language_means_it_and_the_other_one_where_it_can_mean_nothing_else(
    language: str, kind: Kind, unit: float, text: str, in_english: float, in_german: float
) -> None:
    read = read_text(kind, text)
    assert isinstance(read, int | float)
    assert math.isclose(read, (in_german if language == "de" else in_english) * unit, rel_tol=1e-8)


@pytest.mark.parametrize("text", ["a lot", "inf", "nan", "1,2,3", "1.2.3", "0x1", ",", "-", "1,5 GiB"])
@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.GIB])
def test_what_is_no_number_stays_a_text(language: str, kind: Kind, text: str) -> None:
    assert read_text(kind, text) == text, language


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            ("26,064", 26_064),
            ("26.064", 26_064),
            ("1.048.576", 1_048_576),
            ("26\u202f064", 26_064),
            ("26 064", 26_064),
        ),
        *(("8192", 8192), ("-1", -1), ("", 0), ("1,5", "1,5"), ("1.5", "1.5"), ("0,500", "0,500")),
        ("1.048,576", "1.048,576"),
    ],
)
def test_a_whole_number_is_read_as_either_language_groups_it_and_a_fraction_is_none(
    language: str, text: str, value: object
) -> None:
    assert read_text(Kind.WHOLE, text) == value, language


def test_a_size_is_shown_with_no_more_decimals_than_people_type(language: str) -> None:
    mark = "," if language == "de" else "."
    assert write_text(Kind.GIB, Settings().memory_reserve_bytes) == f"0{mark}6"
    assert write_text(Kind.GIB, 1_000_000_000) == f"0{mark}931"
    assert write_text(Kind.GIB, 40 * GIB) == "40"


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        (
            "gpu_memory_utilization",
            "1,2",
            "1,2 geht hier nicht. Erlaubt ist eine Zahl von 0,05 bis 0,99, oder 0 (automatisch).",
        ),
        ("memory_reserve_bytes", "70,5", "70,5 GiB geht hier nicht. Erlaubt ist eine Zahl von 0 GiB bis 64 GiB."),
        (
            "memory_reserve_bytes",
            "viel",
            "'viel' geht hier nicht. Erlaubt ist eine Zahl von 0 GiB bis 64 GiB.",
        ),
        (
            "max_model_len",
            "1,5",
            "'1,5' geht hier nicht. Erlaubt ist eine ganze Zahl von 16 bis 67.108.864, oder 0 (automatisch).",
        ),
        (
            "port",
            "70000",
            "70000 geht hier nicht. Erlaubt ist eine ganze Zahl von 1 bis 65535, oder 0 (die App nimmt einen freien).",
        ),
    ],
)
@pytest.mark.usefixtures("german")
def test_what_is_wrong_is_said_in_the_numbers_of_the_field(name: str, typed: str, sentence: str) -> None:
    value = read_text(number_fields()[name].kind, typed)
    assert field_error(Draft(Settings(), Settings()).with_value(name, value).doubts()[name]) == sentence


@pytest.mark.usefixtures("german")
def test_unit_default_and_choices_are_written_in_german(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    grid = QGridLayout(window)
    for place, spec in enumerate(number_fields().values()):
        Field(spec, grid, 10 * place, window)
    about = window.findChild(QLabel, "gpu_memory_utilization_about")
    assert about is not None
    assert about.text() == "0,05 bis 0,99"
    kept = window.findChild(QLabel, "memory_reserve_bytes_help")
    assert kept is not None
    assert kept.text().endswith("Vorgabe:\u00a00,6\u00a0GiB.")
    factors = next(spec for spec in page_fields()["context"] if spec.name == "yarn_factor")
    assert [label for label, _value in factors.choices][:3] == ["1,0", "1,5", "2,0"]
    assert help_and_default("yarn_factor").endswith("Vorgabe:\u00a02,0.")
