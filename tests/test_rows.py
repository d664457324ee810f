"""The table of rows and the marks of the tests agree."""

import re
from pathlib import Path

from tests.rows import proofs, report, rows


def test_no_test_names_a_row_that_does_not_exist() -> None:
    known = rows()
    assert {row: tests for row, tests in proofs().items() if row not in known} == {}


def test_every_row_has_an_id_of_the_known_shape_once_and_says_what_it_asks_for() -> None:
    lines = (Path(__file__).parents[1] / "docs" / "rows.csv").read_text(encoding="utf-8").splitlines()
    ids = [line.partition(",")[0] for line in lines[1:]]
    assert len(ids) == len(set(ids)) == len(rows()) > 150
    assert all(re.fullmatch(r"00[0-4]-[0-9]{2}|[TFB]-[0-9]{2}|[GKLNPRSU][0-9]{1,2}", each) for each in ids)
    assert all(rows().values())


WHAT_PEOPLE_USE = (
    "tests/journeys/",
    "tests/browser/",
    "tests/ivr/",
    "tests/callflows/",
    "tests/logbook/console/",
    "tests/logbook/reports/test_document.py",
    "tests/logbook/reports/test_workbook.py",
)
"""Where tests place calls, open pages, run commands and read documents."""


def _only_computed(proven: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        row: tests
        for row, tests in proven.items()
        if row.startswith("00") and not any(test.startswith(WHAT_PEOPLE_USE) for test in tests)
    }


def test_a_row_of_the_seeds_is_marked_where_a_person_would_see_it_and_not_by_arithmetic_alone() -> None:
    assert _only_computed(proofs()) == {}
    computed = {"000-99": ["tests/logbook/calendar/test_working_time.py::test_sum"]}
    seen = {
        "000-98": [
            "tests/logbook/calendar/test_working_time.py::test_sum",
            "tests/browser/test_pages.py::test_page",
        ]
    }
    assert _only_computed(computed | seen) == computed


def test_every_case_from_the_field_threat_and_fault_has_a_test() -> None:
    proven = proofs()
    assert {row for row in rows() if not row.startswith("00") and row not in proven} == set()


def test_marks_of_functions_classes_and_modules_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_marked.py").write_text(
        'pytestmark = [pytest.mark.row("A")]\n'
        '@pytest.mark.row("B")\n'
        "class TestRoom:\n"
        '    @pytest.mark.row("C")\n'
        "    def test_door(self): ...\n"
        "def test_roof(): ...\n"
        "def helper(): ...\n"
    )
    door, roof = "tests/test_marked.py::TestRoom::test_door", "tests/test_marked.py::test_roof"
    assert proofs(folder) == {"A": [door, roof], "B": [door], "C": [door]}


def test_the_report_counts_the_rows_nobody_proves() -> None:
    text = report({"A": "one", "B": "two"}, {"A": ["tests/test_x.py::test_y"]})
    assert "A  one  (1)\n        tests/test_x.py::test_y" in text
    assert "B  two  (no test)" in text
    assert text.endswith("2 rows, 1 without a test")
