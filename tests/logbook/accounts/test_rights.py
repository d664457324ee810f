"""Who may do what, alone and to a case."""

from __future__ import annotations

import dataclasses

import pytest

from logbook.accounts.rights import CASE_ACTS, ROLES, Act, Case, Person, may
from logbook.ids import PersonId

OPEN = Case(subject_ids=frozenset(), conflict=False, guided=False, assigned_id=None)
ME = 7


def person(role: str, *, sees_restricted: bool = False) -> Person:
    return Person(PersonId(ME), "login", "Tên", "", role, "vi", sees_restricted, must_change_password=False)


@pytest.mark.row("T-10")
def test_a_role_nobody_knows_may_do_nothing() -> None:
    assert [act for act in Act if may(person("mayor"), act)] == []


@pytest.mark.row("T-10")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", sorted(CASE_ACTS))
def test_whoever_is_complained_about_can_do_nothing_to_the_case(role: str, act: Act) -> None:
    case = dataclasses.replace(OPEN, subject_ids=frozenset([ME]), assigned_id=PersonId(ME))
    assert not may(person(role, sees_restricted=True), act, case)


@pytest.mark.row("T-10")
def test_a_case_in_conflict_is_kept_from_the_chairman_but_not_from_the_deputy() -> None:
    case = dataclasses.replace(OPEN, conflict=True)
    assert may(person("chairman"), Act.SEE_TICKETS, OPEN)
    assert not may(person("chairman"), Act.SEE_TICKETS, case)
    assert may(person("vice_chairman"), Act.SEE_TICKETS, case)


@pytest.mark.row("T-10")
def test_a_guided_case_opens_for_named_viewers_only_and_its_sound_for_nobody() -> None:
    case = dataclasses.replace(OPEN, guided=True)
    for role in ("clerk", "head_of_office", "vice_chairman"):
        assert not may(person(role), Act.SEE_TICKETS, case)
        assert may(person(role, sees_restricted=True), Act.SEE_TICKETS, case)
        assert not may(person(role, sees_restricted=True), Act.LISTEN, case)


@pytest.mark.row("T-10")
def test_restricted_records_need_the_role_and_the_name() -> None:
    able = {role for role in ROLES if may(person(role, sees_restricted=True), Act.SEE_RESTRICTED)}
    assert able == {"head_of_office", "chairman", "vice_chairman"}
    assert not any(may(person(role), Act.SEE_RESTRICTED) for role in ROLES)


@pytest.mark.row("T-10")
def test_a_desk_officer_has_only_what_was_assigned() -> None:
    mine, others = (dataclasses.replace(OPEN, assigned_id=PersonId(one)) for one in (ME, 8))
    officer = person("desk_officer")
    assert may(officer, Act.ANSWER, mine)
    assert not may(officer, Act.ANSWER, others)
    assert not may(officer, Act.SEE_TICKETS, OPEN)
    assert not may(officer, Act.CLOSE, mine)


@pytest.mark.row("T-24")
def test_a_clerk_cannot_change_a_deadline_but_the_head_of_office_can() -> None:
    assert not may(person("clerk"), Act.CHANGE_DEADLINE, OPEN)
    assert may(person("head_of_office"), Act.CHANGE_DEADLINE, OPEN)


@pytest.mark.row("T-10")
def test_an_administrator_runs_accounts_and_reads_no_tickets() -> None:
    administrator = person("administrator", sees_restricted=True)
    assert may(administrator, Act.RUN_PEOPLE)
    assert not any(may(administrator, act, OPEN) for act in CASE_ACTS)


@pytest.mark.row("T-10")
def test_only_administrators_run_accounts() -> None:
    assert {role for role in ROLES if may(person(role), Act.RUN_PEOPLE)} == {"administrator"}


@pytest.mark.row("T-10")
def test_the_roles_of_the_desk_and_of_the_team_reach_no_ticket_that_is_not_theirs() -> None:
    mine, others = (dataclasses.replace(OPEN, assigned_id=PersonId(one)) for one in (ME, 8))
    head = person("head_of_desk", sees_restricted=True)
    assert may(head, Act.ANSWER, mine)
    assert not any(may(head, act, others) for act in CASE_ACTS)
    for role in ("survey_lead", "team_leader", "team_member", "plan_owner"):
        assert not any(may(person(role, sees_restricted=True), act, mine) for act in CASE_ACTS), role


@pytest.mark.row("T-10")
def test_a_team_member_sees_no_report_no_slip_and_nobody_of_the_register() -> None:
    shut = (
        Act.SEE_REPORTS,
        Act.SEE_SLIPS,
        Act.SEE_OFFICIALS,
        Act.SEE_CALLS,
        Act.SEE_TICKETS,
        Act.SEE_AUDIT_LOG,
    )
    assert not any(may(person("team_member"), act) for act in shut)
