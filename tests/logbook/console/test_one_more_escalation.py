"""An alarm, and a kind of escalation, is one entry: spoken, shown, written, counted, on its ladder."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import pytest

from callflows.escalations import EscalationKind, OpenEscalation
from logbook.calendar.current import Calendars
from logbook.ids import DeliveryId
from logbook.installation import Installation
from logbook.outbox import deliveries, escalations
from logbook.recordings.at_provider import Held
from logbook.reports.figures import Figure
from logbook.reports.sections import registry
from logbook.sending.alarms import registry as alarm_checks
from logbook.sending.alarms.alarms import Alarm
from logbook.sending.alarms.registry import AlarmCheck, AlarmView
from logbook.sending.messages import MessageTexts
from scheduler.check_alarms import AlarmsDue
from tests.callflows.reader import MOMENT, Reader
from tests.callflows.test_official import call, waiting
from tests.logbook.console.conftest import SignIn
from tests.suite import guides

SENTENCES = {
    "alarm_leak": "Nước rò ở {room}.",
    "chair_kind_parade": "có lễ diễu hành",
    "news_kind_parade": "Lễ diễu hành",
    "report_escalated_parade": "Lễ diễu hành trong kỳ",
}


@pytest.fixture
def worded(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """The office, with sentences for what a test makes up."""
    for catalogue in installation.texts.values():
        for key, text in SENTENCES.items():
            monkeypatch.setitem(catalogue.sentences, key, text)
    return installation


class Nothing:
    """A provider without recordings."""

    def since(self, moment: datetime) -> list[Held]:
        return []


def letters(house: Installation) -> list[str]:
    """What is written about everything that waits, to the chairman by mail."""
    texts = MessageTexts(house.settings, house.texts["vi"])
    with house.database.writing() as conn:
        found = []
        for row in escalations.unsettled(conn):
            number = deliveries.put(
                conn,
                key=f"test:{row.id}",
                recipient="chu-tich",
                kind=row.kind,
                channel="mail",
                escalation_id=row.id,
                ticket_id=None,
                now=house.clock.now(),
            )
            delivery = deliveries.of_id(conn, DeliveryId(number or 0))
            assert delivery is not None
            found.append(texts.letter(conn, delivery).text)
        return found


def test_one_more_alarm_is_found_shown_and_written_and_goes_up_the_offices_ladder(
    worded: Installation, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(view: AlarmView) -> list[Alarm]:
        return [Alarm("leak", params={"room": f"phòng {view.settings.duty.fallback[0]}"})]

    leak = AlarmCheck(("leak",), leaking)
    monkeypatch.setattr(alarm_checks, "CHECKS", (leak,))
    calendars = Calendars(worded.settings, worded.clock)
    folder = worded.settings.data_folder
    due = AlarmsDue(
        worded.database, worded.clock, worded.clock, worded.settings, calendars, Nothing(), folder / "backups"
    )
    assert due.run_once(lambda: True) == 1
    sentence = f"Nước rò ở phòng {worded.settings.duty.fallback[0]}."
    with worded.database.reading() as conn:
        (row,) = escalations.unsettled(conn)
    assert (row.kind, row.ladder) == ("alarm", "office")
    assert sentence in signed_in("head_of_office").get("/console/leader").text
    assert all(sentence in letter for letter in letters(worded))


def test_one_more_kind_of_escalation_is_spoken_shown_written_and_counted(
    worded: Installation, signed_in: SignIn
) -> None:
    with worded.database.writing() as conn:
        escalations.open_once(conn, key="parade", kind="parade", ladder="office", now=worded.clock.now())
    reader: Reader = call(waiting(OpenEscalation("1", cast(EscalationKind, "parade"), MOMENT)))
    term = reader.words("chair_escalation_office")["kind"]
    assert worded.texts["vi"].sentence(str(getattr(term, "key", term))) == "có lễ diễu hành"
    assert "Lễ diễu hành" in signed_in("head_of_office").get("/console/leader").text
    assert all("Lễ diễu hành" in letter for letter in letters(worded))
    assert registry.label(Figure("escalated", "parade", 1), worded.texts["vi"].sentence) == (
        "Lễ diễu hành trong kỳ"
    )


def test_the_guide_says_what_one_more_of_each_takes() -> None:
    alarm = {"logbook/sending/alarms/<name>.py", guides.relative(alarm_checks)}
    alarm |= guides.catalogues("alarm_slips_short")
    assert guides.naming("slips_short") == {
        "logbook/sending/alarms/desk_alarms.py",
        guides.relative(alarm_checks),
    }
    assert guides.promised("alarm") == (len(alarm), alarm)
    kind = {"callflows/escalations.py", *guides.catalogues("chair_kind_report_soon")}
    assert guides.catalogues("news_kind_report_soon") < kind
    assert guides.catalogues("report_escalated_report_soon") < kind
    assert guides.naming("report_soon") == {"callflows/escalations.py", "logbook/reports/made.py"}
    assert guides.promised("kind of escalation") == (len(kind) + 1, kind)
