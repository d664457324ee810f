"""Notifications of each move of a ticket, written in the transaction of the move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from logbook.accounts import rights
from logbook.accounts.rights import ROLES, Act
from logbook.database.engine import Database
from logbook.ids import PersonId
from logbook.outbox import deliveries, escalations
from logbook.sending import handing_over
from logbook.tickets.lifecycle import TransitionRefusedError
from logbook.tickets.tickets import Ticket, of_id
from tests.town_hall import SETTINGS, HandClock, advancing, file_ticket, hire, matters, move, told

Do = Callable[..., Ticket]


@pytest.fixture
def ids(database: Database, now: datetime) -> dict[str, int]:
    with database.writing() as conn:
        return hire(conn, now)


@pytest.fixture
def ticket(database: Database, phone: Any, complain: Any, ids: dict[str, int]) -> Ticket:
    """A complaint as the line takes it, with its first escalation."""
    with database.writing() as conn:
        found: Ticket = complain(conn, phone(conn)).ticket
    return found


@pytest.fixture
def do(database: Database, ticket: Ticket, now: datetime) -> Do:
    def apply(verb: str, **details: Any) -> Ticket:
        with database.writing() as conn:
            given: dict[str, Any] = {"reason": "lý do", "actor": "canbotruc", "now": now} | details
            return move(conn, ticket.id, verb, **given)

    return apply


def kinds(database: Database, *, settled: bool = False) -> list[str]:
    return [row.kind for row in matters(database) if (row.settled_at is not None) is settled]


def news(database: Database, ticket: Ticket) -> list[tuple[str, str]]:
    with database.reading() as conn:
        rows = deliveries.of_ticket(conn, ticket.id)
    return [(row.kind, row.state) for row in rows if row.recipient == deliveries.CITIZEN]


@pytest.mark.row("000-13")
def test_every_new_ticket_opens_an_escalation_to_the_chairman_in_its_own_transaction(
    database: Database, ticket: Ticket
) -> None:
    (row,) = matters(database)
    assert (row.key, row.kind, row.ladder, row.ticket_id) == (
        f"ticket:{ticket.id}:new",
        "new",
        "complaint",
        ticket.id,
    )
    assert row.next_at == row.opened_at == ticket.opened_at


def test_a_ticket_that_was_not_stored_tells_nobody(database: Database, phone: Any, complain: Any) -> None:
    def broken() -> None:
        with database.writing() as conn:
            complain(conn, phone(conn))
            raise RuntimeError("the line breaks")

    with pytest.raises(RuntimeError, match="the line breaks"):
        broken()
    assert matters(database) == []


def test_classified_as_ours_the_caller_hears_of_it_once(database: Database, ticket: Ticket, do: Do) -> None:
    do("classify", kind="feedback", topic="process")
    do("classify", kind="proposal", topic="process")
    assert news(database, ticket) == [("accepted", "due")]
    assert kinds(database) == ["new"]


def test_what_was_taken_for_an_emergency_by_mistake_is_accepted_like_any_other(
    database: Database, ticket: Ticket, do: Do
) -> None:
    do("classify", kind="emergency", topic="other")
    assert news(database, ticket) == []
    do("classify", kind="feedback", topic="process")
    assert news(database, ticket) == [("accepted", "due")]


@pytest.mark.parametrize(("verb", "details"), [("classify", {"kind": "nuisance", "topic": "other"})])
def test_a_wrong_number_is_nobodys_matter(
    database: Database, ticket: Ticket, do: Do, verb: str, details: dict[str, str]
) -> None:
    do(verb, **details)
    assert (kinds(database), news(database, ticket)) == ([], [])


def test_what_was_taken_for_a_wrong_number_by_mistake_is_told_after_all(
    database: Database, ticket: Ticket, do: Do, now: datetime
) -> None:
    advancing(database, HandClock(now)).advance(lambda: True)
    do("classify", kind="nuisance", topic="other")
    do("concern", conflict=True)
    later = now + timedelta(hours=1)
    do("classify", kind="feedback", topic="process", urgent=True, now=later)
    (row,) = matters(database)
    assert (row.kind, row.settled_at, row.settled_how, row.settled_who) == ("new", None, None, None)
    assert (row.ladder, row.urgent, row.step, row.tries, row.next_at) == ("conflict", True, 0, 0, later)
    assert news(database, ticket) == [("accepted", "due")]
    advancing(database, HandClock(later)).advance(lambda: True)
    assert told(database)[-1] == ("pho-chu-tich", "call", "due")


def test_whoever_acknowledged_it_is_not_told_again_of_what_was_no_wrong_number(
    database: Database, ticket: Ticket, do: Do, now: datetime
) -> None:
    with database.writing() as conn:
        escalations.acknowledge(conn, matters(database)[0].id, how="key", who="chu-tich", now=now)
    do("classify", kind="nuisance", topic="other")
    do("classify", kind="feedback", topic="process")
    assert [row.settled_how for row in matters(database)] == ["key"]


@pytest.mark.parametrize(
    ("concerned", "conflict", "next_one"),
    [("canbotruc", False, "chu-tich"), ("chanhvanphong", True, "pho-chu-tich")],
)
def test_handed_on_by_all_and_then_found_to_concern_somebody_it_begins_afresh(
    database: Database,
    ticket: Ticket,
    do: Do,
    ids: dict[str, int],
    now: datetime,
    concerned: str,
    conflict: bool,
    next_one: str,
) -> None:
    for official in ("chu-tich", "pho-chu-tich"):
        with database.writing() as conn:
            (row,) = escalations.unsettled(conn, ticket.id)
            handing_over.hand_on(conn, row, by=official, settings=SETTINGS, now=now, who=official)
    do("concern", subject_ids=frozenset([ids[concerned]]), conflict=conflict)
    advancing(database, HandClock(now)).advance(lambda: True)
    assert told(database)[-1] == (next_one, "call", "due")


@pytest.mark.parametrize("kind", ["formal_complaint", "denunciation"])
def test_what_is_guided_leaves_the_ladder_and_the_outbox(
    database: Database, ticket: Ticket, do: Do, now: datetime, kind: str
) -> None:
    advancing(database, HandClock(now)).advance(lambda: True)
    do("guide", kind=kind)
    assert kinds(database) == []
    assert told(database) == [("chu-tich", "call", "cancelled")]


def test_passed_on_answered_and_extended_the_caller_hears_of_each(
    database: Database, ticket: Ticket, do: Do, now: datetime
) -> None:
    do("classify", kind="feedback", topic="process")
    do("extend", answer_due_at=ticket.answer_due_at + timedelta(days=3))
    do("transfer", to="Công an xã")
    do("answer", answer="Đã giải quyết.")
    assert news(database, ticket) == [
        ("accepted", "cancelled"),
        ("extended", "cancelled"),
        ("transferred", "cancelled"),
        ("answered", "due"),
    ]


CLOSE = {"outcome": "unfounded", "cause": "không có thật", "remedy": "đã kiểm tra"}
NOT_OURS = {"outcome": "not_ours", "to": "Công an xã"}


def test_closed_without_an_answer_the_caller_hears_how_it_ended(
    database: Database, ticket: Ticket, do: Do
) -> None:
    do("classify", kind="feedback", topic="process")
    do("close", **NOT_OURS)
    assert news(database, ticket)[-1] == ("closed", "due")


def test_closed_after_its_answer_was_rejected_the_caller_hears_how_it_ended(
    database: Database, ticket: Ticket, do: Do, now: datetime
) -> None:
    do("classify", kind="feedback", topic="process")
    do("answer", answer="Đã giải quyết.")
    do("reject_answer", actor="citizen", now=now + timedelta(hours=1))
    do("write", content="Cống bị tắc.")
    do("close", **CLOSE)
    assert news(database, ticket)[-1] == ("closed", "due")


@pytest.mark.parametrize("kind", ["nuisance", "emergency"])
def test_the_end_of_what_no_caller_is_told_of_is_not_told_either(
    database: Database, ticket: Ticket, do: Do, kind: str
) -> None:
    do("classify", kind=kind, topic="other")
    do("close", **NOT_OURS)
    assert news(database, ticket) == []


def test_an_answer_that_holds_and_a_withdrawal_say_enough_of_the_end(
    database: Database, ticket: Ticket, do: Do, now: datetime
) -> None:
    do("classify", kind="feedback", topic="process")
    do("write", content="Cống bị tắc.")
    do("close", outcome="withdrawn", reason="người dân gọi rút lại")
    do("reopen")
    do("answer", answer="Đã giải quyết.")
    do("reject_answer", actor="citizen", now=now + timedelta(hours=1))
    do("answer", answer="Đã giải quyết lại.", now=now + timedelta(hours=2))
    do("close", **CLOSE)
    assert "closed" not in dict(news(database, ticket))


def test_nobody_is_rung_about_an_anonymous_ticket(database: Database, ids: Any, now: datetime) -> None:
    with database.writing() as conn:
        filed = file_ticket(conn, "000009", now, anonymous=True, state="classified")
        move(conn, filed.id, "answer", actor="canbotruc", now=now, answer="Đã giải quyết.")
    assert news(database, filed) == []


def test_who_is_not_satisfied_reaches_the_chairman(database: Database, ticket: Ticket, do: Do) -> None:
    do("classify", kind="feedback", topic="process")
    do("answer", answer="Đã giải quyết.")
    do("reject_answer", actor="citizen")
    assert kinds(database) == ["new", "dissatisfied"]
    assert matters(database, kind="dissatisfied")[0].ladder == "complaint"


@pytest.mark.row("T-24")
def test_changing_a_deadline_needs_a_leader_and_a_reason_and_is_itself_told(
    database: Database, ticket: Ticket, do: Do
) -> None:
    allowed = {role for role, acts in ROLES.items() if Act.CHANGE_DEADLINE in acts}
    assert allowed == {"head_of_office", "chairman", "vice_chairman"}
    clerk = rights.Person(PersonId(1), "canbotruc", "", "", "clerk", "vi", False, False)
    assert not rights.may(clerk, Act.CHANGE_DEADLINE)
    later = ticket.answer_due_at + timedelta(days=3)
    with pytest.raises(TransitionRefusedError) as refused:
        do("extend", reason=" ", answer_due_at=later)
    assert (refused.value.why, kinds(database)) == ("reason", ["new"])
    moved = do("extend", actor="chanhvanphong", answer_due_at=later)
    (row,) = matters(database, kind="extended")
    assert (row.key, row.ladder) == (f"ticket:{ticket.id}:extended:{moved.events}", "complaint")
    assert '"who": "chanhvanphong"' in row.params
    do("extend", actor="chanhvanphong", answer_due_at=later + timedelta(days=3))
    assert kinds(database) == ["new", "extended", "extended"]


@pytest.mark.row("002-17")
def test_an_urgent_matter_begins_its_ladder_again_at_once(
    database: Database, ticket: Ticket, do: Do, now: datetime
) -> None:
    clock = HandClock(now)
    advancing(database, clock).advance(lambda: True)
    do("classify", kind="feedback", topic="attitude", category="nhung-nhieu", urgent=True)
    (row,) = matters(database)
    assert (row.urgent, row.step, row.tries, row.next_at) == (True, 0, 0, now)


def test_an_urgent_matter_already_acknowledged_reaches_the_chairman_anew(
    database: Database, ticket: Ticket, do: Do, now: datetime
) -> None:
    with database.writing() as conn:
        escalations.settle_all(conn, ticket.id, now=now, who="chu-tich")
    do("mark_urgent", urgent=True)
    do("mark_urgent", urgent=True)
    (row,) = matters(database, kind="urgent")
    assert (row.urgent, row.ladder, row.next_at) == (True, "complaint", now)


def test_what_is_not_urgent_after_all_waits_for_working_hours_and_keeps_its_step(
    database: Database, ticket: Ticket, do: Do, now: datetime
) -> None:
    advancing(database, HandClock(now)).advance(lambda: True)
    do("mark_urgent", urgent=True)
    advancing(database, HandClock(now)).advance(lambda: True)
    (before,) = matters(database)
    do("classify", kind="feedback", topic="process", urgent=False)
    (row,) = matters(database)
    assert (before.urgent, row.urgent) == (True, False)
    assert (row.step, row.tries, row.cycle, row.next_at) == (
        before.step,
        before.tries,
        before.cycle,
        before.next_at,
    )


def test_nobody_hears_any_more_that_it_was_marked_urgent_once_it_is_not(
    database: Database, ticket: Ticket, do: Do, now: datetime
) -> None:
    with database.writing() as conn:
        escalations.acknowledge(conn, matters(database)[0].id, how="key", who="chu-tich", now=now)
    do("mark_urgent", urgent=True)
    advancing(database, HandClock(now)).advance(lambda: True)
    do("mark_urgent", urgent=False)
    assert [(row.kind, row.settled_how) for row in matters(database)] == [("new", "key"), ("urgent", "moot")]
    assert told(database) == [("chu-tich", "call", "cancelled")]
    do("mark_urgent", urgent=True)
    assert kinds(database) == ["urgent"]


def test_marked_urgent_by_mistake_it_is_not_told_as_such_when_it_was_no_wrong_number(
    database: Database, ticket: Ticket, do: Do, now: datetime
) -> None:
    with database.writing() as conn:
        escalations.acknowledge(conn, matters(database)[0].id, how="key", who="chu-tich", now=now)
    do("mark_urgent", urgent=True)
    do("classify", kind="nuisance", topic="other", urgent=False)
    do("classify", kind="feedback", topic="process", urgent=False)
    assert kinds(database) == []


class TestConflict:
    """rules B10: what concerns a leader goes round them, also when that comes out later."""

    def test_what_is_due_to_the_chairman_is_called_off_in_the_same_transaction(
        self, database: Database, ticket: Ticket, do: Do, now: datetime, ids: dict[str, int]
    ) -> None:
        advancing(database, HandClock(now)).advance(lambda: True)
        do("concern", subject_ids=frozenset([ids["chutich"]]))
        assert told(database) == [("chu-tich", "call", "cancelled")]
        (row,) = matters(database)
        assert (row.ladder, row.step, row.tries, row.next_at) == ("conflict", 0, 0, now)

    def test_taken_back_it_goes_the_usual_way_from_the_first_step(
        self, database: Database, ticket: Ticket, do: Do, ids: dict[str, int]
    ) -> None:
        do("concern", subject_ids=frozenset([ids["chutich"]]))
        do("concern", subject_ids=frozenset())
        (row,) = matters(database)
        assert (row.ladder, row.cycle) == ("complaint", 2)

    def test_what_is_due_to_a_clerk_it_concerns_is_called_off_though_the_ladder_stays(
        self, database: Database, ticket: Ticket, do: Do, now: datetime, ids: dict[str, int]
    ) -> None:
        clock = HandClock(now)
        with database.writing() as conn:
            escalations.settle_all(conn, ticket.id, now=now, who="chu-tich")
            params = {"term": "answer", "due": ""}
            escalations.open_once(
                conn, key="soon", kind="soon", ladder="reminder", ticket_id=ticket.id, params=params, now=now
            )
        due = advancing(database, clock)
        due.advance(lambda: True)
        do("concern", subject_ids=frozenset([ids["canbotruc"]]))
        due.advance(lambda: True)
        assert told(database) == [("truc", "call", "cancelled"), ("chanh-van-phong", "call", "due")]

    def test_what_the_chairman_has_acknowledged_reaches_somebody_else_when_it_turns_out_to_concern_him(
        self, database: Database, ticket: Ticket, do: Do, now: datetime, ids: dict[str, int]
    ) -> None:
        due = advancing(database, HandClock(now))
        due.advance(lambda: True)
        with database.writing() as conn:
            escalations.acknowledge(conn, matters(database)[0].id, how="key", who="chu-tich", now=now)
        do("concern", subject_ids=frozenset([ids["chutich"]]))
        do("concern", subject_ids=frozenset([ids["chutich"]]), conflict=True)
        due.advance(lambda: True)
        assert [(row.ladder, row.settled_who) for row in matters(database)] == [
            ("complaint", "chu-tich"),
            ("conflict", None),
        ]
        assert told(database)[-1] == ("pho-chu-tich", "call", "due")

    def test_what_was_acknowledged_is_not_told_anew_for_concerning_a_clerk(
        self, database: Database, ticket: Ticket, do: Do, now: datetime, ids: dict[str, int]
    ) -> None:
        with database.writing() as conn:
            escalations.acknowledge(conn, matters(database)[0].id, how="key", who="chu-tich", now=now)
        do("concern", subject_ids=frozenset([ids["canbotruc"]]))
        assert len(matters(database)) == 1

    def test_what_others_acknowledged_reaches_the_chairman_when_it_was_no_conflict(
        self, database: Database, ticket: Ticket, do: Do, now: datetime, ids: dict[str, int]
    ) -> None:
        do("concern", conflict=True)
        with database.writing() as conn:
            escalations.acknowledge(conn, matters(database)[0].id, how="key", who="pho-chu-tich", now=now)
        do("concern", conflict=False)
        do("concern", subject_ids=frozenset([ids["canbotruc"]]))
        advancing(database, HandClock(now)).advance(lambda: True)
        assert [(row.kind, row.ladder, row.settled_who) for row in matters(database)] == [
            ("new", "conflict", "pho-chu-tich"),
            ("new", "complaint", None),
        ]
        assert told(database) == [("chu-tich", "call", "due")]

    def test_whoever_acknowledged_it_before_the_conflict_is_not_told_again_after_it(
        self, database: Database, ticket: Ticket, do: Do, now: datetime
    ) -> None:
        with database.writing() as conn:
            escalations.acknowledge(conn, matters(database)[0].id, how="key", who="chu-tich", now=now)
        do("concern", conflict=True)
        with database.writing() as conn:
            escalations.acknowledge(conn, matters(database)[1].id, how="key", who="pho-chu-tich", now=now)
        do("concern", conflict=False)
        assert kinds(database) == []

    @pytest.mark.parametrize("conflict", [True, False])
    def test_whom_a_guided_ticket_concerns_is_told_to_nobody(
        self, database: Database, ticket: Ticket, do: Do, *, conflict: bool
    ) -> None:
        do("concern", conflict=not conflict)
        do("guide", kind="denunciation")
        do("concern", conflict=conflict)
        assert kinds(database) == []

    def test_everything_told_later_goes_round_too(
        self, database: Database, ticket: Ticket, do: Do, ids: dict[str, int]
    ) -> None:
        do("concern", subject_ids=frozenset([ids["chutich"]]))
        do("mark_urgent", urgent=True)
        do("extend", answer_due_at=ticket.answer_due_at + timedelta(days=3))
        do("classify", kind="feedback", topic="process", urgent=True)
        do("answer", answer="Đã giải quyết.")
        do("reject_answer", actor="citizen")
        assert {row.ladder for row in matters(database)} == {"conflict"}


class TestTermsThatEnd:
    """A deadline that is met or moved needs no warning any more."""

    @pytest.fixture(autouse=True)
    def late(self, database: Database, ticket: Ticket, now: datetime) -> None:
        """Each deadline has a row of its own, as if none had spoken for the others."""
        with database.writing() as conn:
            for term in ("classify", "transfer", "notice", "answer"):
                escalations.open_once(
                    conn,
                    key=f"ticket:{ticket.id}:{term}:late",
                    kind="late",
                    ladder="overdue",
                    ticket_id=ticket.id,
                    params={"term": term},
                    now=now + timedelta(days=60),
                )

    def running(self, database: Database) -> set[str]:
        with database.reading() as conn:
            return {row.param("term") for row in escalations.unsettled(conn) if row.kind == "late"}

    def test_each_verb_ends_what_it_meets(self, database: Database, ticket: Ticket, do: Do) -> None:
        assert self.running(database) == {"classify", "transfer", "notice", "answer"}
        do("classify", kind="feedback", topic="process")
        assert self.running(database) == {"transfer", "notice", "answer"}
        do("tell", what="accepted", result="no_answer")
        assert self.running(database) == {"transfer", "notice", "answer"}
        do("tell", what="accepted", result="told")
        assert self.running(database) == {"transfer", "answer"}
        do("transfer", to="Công an xã")
        assert self.running(database) == {"answer"}
        do("answer", answer="Đã giải quyết.")
        assert self.running(database) == set()
        assert {row.settled_how for row in matters(database, kind="late")} == {"moot"}

    def test_an_extension_ends_the_answers_term_only(
        self, database: Database, ticket: Ticket, do: Do
    ) -> None:
        do("extend", answer_due_at=ticket.answer_due_at + timedelta(days=90))
        assert self.running(database) == {"classify", "transfer", "notice"}

    def test_a_closed_ticket_has_none(self, database: Database, ticket: Ticket, do: Do) -> None:
        do("classify", kind="feedback", topic="process")
        do("close", outcome="not_ours", to="Công an xã")
        assert self.running(database) == set()
        assert kinds(database) == ["new"]

    def test_what_is_due_for_it_is_called_off(
        self, database: Database, ticket: Ticket, do: Do, now: datetime
    ) -> None:
        advancing(database, HandClock(now + timedelta(days=61))).advance(lambda: True)
        assert {state for *_, state in told(database)} == {"due"}
        do("classify", kind="feedback", topic="process")
        do("close", outcome="not_ours", to="Công an xã")
        with database.reading() as conn:
            rows = deliveries.of_ticket(conn, ticket.id)
            assert {row.state for row in rows if row.kind == "late"} == {"cancelled"}
            assert of_id(conn, ticket.id).state == "closed"
