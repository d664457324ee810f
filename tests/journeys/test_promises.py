"""Whom the line takes a caller for, what it promises, and that it keeps no promise twice."""

import pytest

from logbook import phone_numbers
from logbook.calls import callbacks
from logbook.database.tables import callback_calls, tickets
from logbook.database.tables import callbacks as rows
from logbook.settings import own_numbers
from tests.journeys.town import Town, complain
from tests.people import AN, FARMER, HIDDEN, NEIGHBOUR, NIGHT

HOTLINE = "+842583842102"


@pytest.mark.row("B-01")
@pytest.mark.parametrize("address", ["sip:0912345678@gw", "<sip:+84912345678@1.2.3.4:5060;user=phone>"])
def test_a_caller_over_sip_is_known_by_the_number_in_the_address(town: Town, address: str) -> None:
    caller = complain(town.ring(address))
    assert town.keys(caller.just_heard) == ["ticket_filed", "ticket_after"]
    call, ticket = town.call(caller), town.ticket(caller)
    assert (call.caller_number, call.caller_raw, ticket.caller_number) == (FARMER, address, FARMER)
    caller = town.ring(address).press("0").hang_up()
    (owed,) = town.rows(rows, caller)
    assert owed.number == FARMER


@pytest.mark.row("B-01")
def test_a_name_instead_of_a_number_stays_withheld(town: Town) -> None:
    for address in ("sip:alice@gw", "sip:anonymous@anonymous.invalid", "client:alice", "sip:101@pbx"):
        caller = complain(town.ring(address))
        assert "ticket_pin" in town.keys(caller.just_heard), address
        assert (town.call(caller).caller_number, town.call(caller).caller_raw) == (None, address)


@pytest.mark.row("B-02")
@pytest.mark.parametrize("ours", [HOTLINE, "sip:02583842102@pbx", "0258.3842.102", AN])
def test_a_number_of_the_office_is_nobodys_so_it_proves_nothing_and_is_owed_nothing(
    town: Town, ours: str
) -> None:
    caller = complain(town.ring(ours))
    assert town.keys(caller.just_heard) == ["ticket_filed_no_news", "ticket_pin", "ticket_after"]
    assert town.call(caller).caller_number is None
    ticket = town.ticket(caller)
    assert ticket.caller_number is None
    asking = town.ring(ours).press("3").press(ticket.code).press("2102")
    assert town.keys(asking.just_heard) == ["status_not_found", "status_ask"]
    town.ring(ours).press("0").hang_up()
    assert town.count(rows) == 0


@pytest.mark.row("B-03")
def test_only_a_number_the_line_may_dial_is_noted(town: Town) -> None:
    """What was keyed in, what is said, and what stands in the queue afterwards."""
    town.clock.set(NIGHT)
    office = own_numbers.of_office(town.settings)
    for keyed in (
        "0000000000", "02583842102", "02583842111", "842583842102", "113", "19001234", "18001091",
        "0014155550123", "091234567", "09123456789012", "01182345678", "0691234567",
    ):  # fmt: skip
        caller = town.ring(HIDDEN).press("0").press(f"{keyed}#")
        heard = town.keys(caller.just_heard)
        assert heard == ["callback_number_wrong", "callback_number"], (keyed, heard)
    assert town.count(rows) == 0
    for keyed, number in {
        "0912345678": FARMER,
        "84987654321": NEIGHBOUR,
        "0084905111222": "+84905111222",
        "01201234567": "+84701234567",
        "02438251234": "+842438251234",
    }.items():
        caller = town.ring(HIDDEN).press("0").press("0000000000#").press(f"{keyed}#")
        (owed,) = town.rows(rows, caller)
        assert (owed.number, own_numbers.callable_citizen(owed.number, office)) == (number, number)
        assert town.spoken(f"0{number[3:]}", 4) in " ".join(caller.just_heard)
    assert "callback_number_renewed" not in town.keys(caller.just_heard)


@pytest.mark.row("B-03")
def test_three_numbers_that_are_not_right_end_with_another_way_and_no_promise(town: Town) -> None:
    town.clock.set(NIGHT)
    caller = town.ring(HIDDEN).press("0").press("0000000000#").press("113#").press("02583842102#")
    assert town.keys(caller.just_heard) == ["call_again_in_hours", "goodbye"]
    assert town.count(rows) == 0


@pytest.mark.row("B-05")
def test_three_missed_calls_and_one_talk_leave_nothing_owed(town: Town) -> None:
    for _ in range(3):
        town.ring().press("0").clerk_busy().clerk_busy().clerk_busy().hang_up()
    town.ring(NEIGHBOUR).press("0").hang_up()
    with town.database.reading() as conn:
        mine, other = callbacks.owed(conn)
        assert callbacks.called(conn, [mine, other])[mine.id].times == 3
    assert (mine.number, other.number) == (FARMER, NEIGHBOUR)
    town.ring().press("0").clerk_answers().hang_up()
    with town.database.reading() as conn:
        assert [row.number for row in callbacks.owed(conn)] == [NEIGHBOUR]
    assert town.count(callback_calls) == 4


@pytest.mark.row("B-05")
def test_asking_for_another_number_moves_what_is_owed_and_joins_what_waits_there(town: Town) -> None:
    town.clock.set(NIGHT)
    town.ring(NEIGHBOUR).press("0").hang_up()
    town.ring().press("0").hang_up()
    town.ring().press("0").press("0987654321#").hang_up()
    with town.database.reading() as conn:
        owed = callbacks.owed(conn)
        assert {row.number: callbacks.called(conn, owed)[row.id].times for row in owed} == {
            NEIGHBOUR: 2,
            FARMER: 1,
        }


def test_the_numbers_of_the_cast_are_what_they_are_taken_for(town: Town) -> None:
    office = own_numbers.of_office(town.settings)
    assert {HOTLINE, AN} <= office
    assert not {FARMER, NEIGHBOUR} & office
    assert phone_numbers.is_mobile(FARMER)
    assert town.count(tickets) == 0
