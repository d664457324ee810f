"""The rooms of the program: small folders, no circles, no two classes of one name."""

import grimp

from tests.house import FULL_FOLDER, PACKAGES, by_name, circle, folders, owners


def test_no_folder_is_too_full_to_be_read_at_a_glance() -> None:
    assert {name: count for name, count in folders().items() if count > FULL_FOLDER} == {}


def test_no_module_imports_itself_by_a_detour() -> None:
    assert circle() == []


def test_modules_that_a_string_names_count_as_imported() -> None:
    named = by_name(set(grimp.build_graph(*PACKAGES, cache_dir=None).modules))
    assert "logbook.console.registry" in named["ivr.worker"]
    assert "ivr.commands.check" in named["ivr.cli"]


def test_a_public_class_has_one_owner() -> None:
    assert owners() == {}
