"""Ladders: who stands on them, who is kept away, and who comes next when somebody hands an escalation on."""

import pytest

from logbook.accounts.rights import Person
from logbook.ids import PersonId
from logbook.outbox import escalation_policy
from logbook.outbox.escalation_policy import NAMES, ConflictOfInterest
from logbook.settings.notifications import OfficialPart
from tests.town_hall import SETTINGS

TELLING = SETTINGS.notifications


def official(login: str | None, role: str) -> OfficialPart:
    return OfficialPart.model_validate(
        {"id": "x", "name": "X", "title": "X", "role": role, "login": login, "number": "0258.3842.199"}
    )


def person(login: str, role: str) -> Person:
    return Person(PersonId(1), login, login, "", role, "vi", False, False)


def about(conflict: bool, login: str, role: str) -> ConflictOfInterest:
    """A case about one account."""
    return ConflictOfInterest(conflict, frozenset({login}), frozenset({role}))


@pytest.mark.parametrize(
    ("concern", "login", "role", "ladder", "away"),
    [
        (ConflictOfInterest(), "chutich", "chairman", "complaint", False),
        (ConflictOfInterest(), "chutich", "chairman", "conflict", True),
        (ConflictOfInterest(conflict=True), "chutich", "chairman", "overdue", True),
        (ConflictOfInterest(conflict=True), "phochutich", "vice_chairman", "conflict", False),
        (about(True, "phochutich", "vice_chairman"), "phochutich", "vice_chairman", "conflict", True),
        (about(True, "pho2", "vice_chairman"), "phochutich", "vice_chairman", "conflict", False),
        (about(False, "lan", "clerk"), None, "clerk", "reminder", True),
        (about(False, "lan", "clerk"), "an", "clerk", "reminder", False),
        (about(False, "lan", "clerk"), None, "head_of_office", "reminder", False),
        (ConflictOfInterest(), None, "clerk", "reminder", False),
    ],
)
def test_whom_a_matter_concerns_is_kept_away_from_it(
    concern: ConflictOfInterest, login: str | None, role: str, ladder: str, away: bool
) -> None:
    assert concern.keeps_away(official(login, role), ladder) is away


def test_a_ladder_has_its_steps_and_an_unknown_one_none() -> None:
    assert {
        name: len(escalation_policy.steps(TELLING, name)) for name in ("complaint", "conflict", "removed")
    } == {
        "complaint": 4,
        "conflict": 2,
        "removed": 0,
    }
    assert all(escalation_policy.steps(TELLING, name) for name in NAMES)


def test_the_first_step_that_names_an_official_is_found() -> None:
    assert escalation_policy.first_step(TELLING, "complaint", "chu-tich") == 0
    assert escalation_policy.first_step(TELLING, "complaint", "pho-chu-tich") == 3
    assert escalation_policy.first_step(TELLING, "conflict", "chu-tich") is None


def test_a_person_acts_for_the_official_of_their_login_else_of_their_role() -> None:
    assert [one.id for one in escalation_policy.officials_of(TELLING, person("phochutich", "clerk"))] == [
        "pho-chu-tich"
    ]
    assert [one.id for one in escalation_policy.officials_of(TELLING, person("ctmoi", "chairman"))] == [
        "chu-tich"
    ]
    assert escalation_policy.officials_of(TELLING, person("lan", "desk_officer")) == ()


@pytest.mark.parametrize(
    ("ladder", "to_role", "away", "passed", "found"),
    [
        ("complaint", "vice_chairman", ConflictOfInterest(), ("chu-tich",), ("complaint", 3, "pho-chu-tich")),
        ("complaint", "clerk", ConflictOfInterest(), ("chu-tich",), ("complaint", 3, "pho-chu-tich")),
        ("overdue", "vice_chairman", ConflictOfInterest(), ("chu-tich",), ("conflict", 0, "pho-chu-tich")),
        (
            "overdue",
            "vice_chairman",
            about(False, "phochutich", "vice_chairman"),
            ("chu-tich",),
            ("overdue", 2, "chanh-van-phong"),
        ),
        ("overdue", "vice_chairman", ConflictOfInterest(), ("chanh-van-phong",), ("overdue", 0, "chu-tich")),
        ("overdue", "chairman", ConflictOfInterest(), ("chanh-van-phong",), ("overdue", 0, "chu-tich")),
        ("reminder", "vice_chairman", ConflictOfInterest(), ("truc",), ("reminder", 2, "chanh-van-phong")),
        ("report", "vice_chairman", ConflictOfInterest(), ("chu-tich",), ("conflict", 0, "pho-chu-tich")),
        (
            "complaint",
            "vice_chairman",
            about(True, "phochutich", "vice_chairman"),
            ("chu-tich",),
            ("conflict", 1, "chanh-van-phong"),
        ),
        ("conflict", "vice_chairman", ConflictOfInterest(True), ("pho-chu-tich", "chanh-van-phong"), None),
    ],
)
def test_the_chairman_hands_a_matter_to_the_deputy_and_everybody_else_to_the_next_of_another_role(
    ladder: str,
    to_role: str,
    away: ConflictOfInterest,
    passed: tuple[str, ...],
    found: tuple[str, int, str] | None,
) -> None:
    hand = escalation_policy.next_hand(TELLING, ladder, to_role, away, passed)
    assert found == (None if hand is None else (hand[0], hand[1], hand[2].id))
