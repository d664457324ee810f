"""An office may edit config.yaml as it likes: no test reads it but these, which hold for any office."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.commands.check import check
from logbook.settings.loading import load_settings
from logbook.settings.strict_yaml import StrictYaml
from tests.frozen import CONFIG, HOUSE, settings_named

SHIPPED = HOUSE / "config.yaml"
EDITS = {
    "a name": ('hotline_name: "Tổng đài Cải cách hành chính"', 'hotline_name: "Đường dây nóng"'),
    "the number": ('number: "0258.3842.102"', 'number: "0258.3842.999"'),
    "an hour": ('"08:00-11:00"', '"08:30-11:00"'),
    "a criterion": ("target_percent: 90", "target_percent: 85"),
}


def wrong_with(config: Path, data: Path) -> list[str]:
    """What the checks of a configuration of any office find wrong."""
    settings = load_settings({"TONGDAI_CONFIG": str(config)})
    found = [] if settings.is_demo else ["it does not start as a demonstration"]
    checked = CliRunner().invoke(check, [], env={"TONGDAI_CONFIG": str(config), "TONGDAI_DATA": str(data)})
    if checked.exit_code:
        found.append(checked.output)
    return found


def test_the_configuration_of_the_house_loads_and_tongdai_check_accepts_it(tmp_path: Path) -> None:
    assert wrong_with(SHIPPED, tmp_path) == []


@pytest.mark.parametrize("edit", EDITS)
def test_an_office_may_edit_it_and_nothing_here_is_wrong(tmp_path: Path, edit: str) -> None:
    was, becomes = EDITS[edit]
    text = CONFIG.read_text("utf-8")
    assert was in text
    edited = tmp_path / "config.yaml"
    edited.write_text(text.replace(was, becomes), "utf-8")
    assert wrong_with(edited, tmp_path) == []
    assert set(settings_named(StrictYaml(edited).data)) == set(settings_named(StrictYaml(CONFIG).data))


def test_no_other_test_reads_the_configuration_an_office_edits() -> None:
    reads = re.compile(r'(parents\[\d\]|HOUSE|ROOT) / "config[.]yaml"|load_settings\(\{\}\)')
    found = {
        file.relative_to(HOUSE).as_posix()
        for file in (HOUSE / "tests").rglob("*.py")
        if reads.search(file.read_text("utf-8"))
    }
    explains = "tests/logbook/settings/test_loading.py"
    defaults = "tests/ivr/running/test_client_address.py"
    pictures = "tests/suite/screenshots.py"  # no test: it takes the pictures of the guides
    ours = {"tests/suite/test_configuration.py", "tests/test_house_rules.py"}
    assert found == {*ours, explains, defaults, pictures}
