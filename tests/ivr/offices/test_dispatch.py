"""A call reaches the office whose number was called, a page the office whose host was asked; no other."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from ivr.line.hotline import Hotline
from ivr.line.signature import Signature
from ivr.offices import cells
from ivr.offices.answers import UnknownNumbers
from ivr.offices.cells import AT_ONCE, OpenOffice
from ivr.offices.ways import BY_NUMBER, ToInstallation, ToItsHost, ToNobody, ToNowhere, ToOffice, way_of
from ivr.running import prepare
from logbook.database.engine import DatabaseBusyError
from logbook.database.tables import calls
from logbook.offices.register import OfficeEntry, Offices, read_offices
from tests.ivr.offices.house import Province
from tests.logbook.offices.made import CODES, PROVINCE, host_of, make_installation, number_of, token_of
from tests.suite.waiting import PATIENCE

FIRST, SECOND, THIRD = CODES
SHARED = PROVINCE.removeprefix("https://")


@pytest.fixture
def province(tmp_path: Path, migrated_file: Path) -> Iterator[Province]:
    made = Province.of(make_installation(tmp_path / "i", book=migrated_file), ["voice"])
    yield made
    made.cells.close()


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Offices:
    """Offices that no test changes."""
    return read_offices(make_installation(tmp_path_factory.mktemp("offices")))


@pytest.fixture(scope="module")
def open_province(offices: Offices) -> Iterator[Province]:
    """The same, with who stands before them."""
    made = Province.of(offices.folder, ["voice"])
    yield made
    made.cells.close()


def called_in(province: Province, code: str) -> list[str]:
    with province.cell(code).hotline.database.reading() as conn:
        return list(conn.execute(select(calls.c.called)).scalars())


@pytest.mark.parametrize("shared", [False, True])
def test_a_call_is_in_the_book_of_the_office_that_was_called_and_in_no_other(
    province: Province, shared: bool
) -> None:
    for code in CODES[:2]:
        caller = province.caller(code, shared=shared).press("2").press("1").press("1").speak(7).press("1")
        assert "Mã tra cứu là" in " ".join(caller.heard), caller.heard
        caller.hang_up()
    books = {code: called_in(province, code) for code in CODES}
    assert books == {FIRST: [number_of(FIRST)], SECOND: [number_of(SECOND)], THIRD: []}


def test_a_signature_of_one_office_opens_nothing_at_another(province: Province) -> None:
    """At the shared door the number leads to an office, and that office's token alone is believed there."""
    seen: dict[str, int] = {}
    for shared in (False, True):
        below = PROVINCE if shared else f"https://{host_of(FIRST)}"
        host = SHARED if shared else host_of(FIRST)
        form = {
            "CallSid": "CA" + "1" * 32,
            "From": "+84912345678",
            "To": number_of(FIRST),
            "CallStatus": "ringing",
        }
        for signed_for, token in ((FIRST, token_of(FIRST)), (SECOND, token_of(SECOND))):
            for path in sorted(BY_NUMBER):
                fields = [(name, [value]) for name, value in form.items()]
                good = Signature(below, token).exact(f"{below}{path}", fields)
                answer = province.ask(host, path, "POST", data=form, headers={"X-Twilio-Signature": good})
                seen[f"{shared} {signed_for} {path}"] = answer.status_code
    wrong = {key: status for key, status in seen.items() if (status == 403) is not (SECOND in key)}
    assert wrong == {}
    assert called_in(province, SECOND) == []


def test_what_was_signed_for_the_shared_address_is_worth_nothing_at_the_offices_own(
    province: Province,
) -> None:
    form = {"CallSid": "CA" + "1" * 32, "From": "+84912345678", "To": number_of(FIRST)}
    fields = [(name, [value]) for name, value in form.items()]
    good = Signature(PROVINCE, token_of(FIRST)).exact(f"{PROVINCE}/ivr/voice", fields)
    signed = {"X-Twilio-Signature": good}
    assert province.ask(SHARED, "/ivr/voice", "POST", data=form, headers=signed).status_code == 200
    assert province.ask(host_of(FIRST), "/ivr/voice", "POST", data=form, headers=signed).status_code == 403
    other = form | {"To": number_of(SECOND)}
    assert province.ask(SHARED, "/ivr/voice", "POST", data=other, headers=signed).status_code == 403


def test_a_number_of_no_office_hears_a_sentence_and_raises_one_alarm_an_hour(province: Province) -> None:
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            answer = province.ask(SHARED, "/ivr/voice", "POST", data={"To": "+84258999999"})
            assert answer.status_code == 200
            assert "số máy này chưa có cơ quan nào trực" in answer.text
    assert [one["number"] for one in logs if one["log_level"] == "error"] == ["+84258999999"]
    assert province.ask(SHARED, "/ivr/status", "POST", data={"To": "+84258999999"}).status_code == 404
    assert province.ask(SHARED, "/readyz").json == {
        "ready": True,
        "offices": 3,
        "shut": [],
        "unknown_numbers": 1,
    }


def test_an_hour_later_the_alarm_is_raised_again_and_made_up_numbers_fill_no_log() -> None:
    moment = [0.0]
    unknown = UnknownNumbers(lambda: moment[0])
    with structlog.testing.capture_logs() as logs:
        assert [unknown.called("+84258999999") for _ in range(2)] == [True, False]
        assert sum(unknown.called(f"+8425{number:07d}") for number in range(500)) == 49
        moment[0] = 3601.0
        assert unknown.called("+84258999999")
    assert len(logs) == 51


def test_each_address_leads_to_its_office_or_to_nobody(tmp_path: Path) -> None:
    offices = read_offices(make_installation(tmp_path))
    first = offices.entries[FIRST]
    number = number_of(FIRST)
    wanted = {
        (host_of(FIRST), "/console/", None): ToOffice(first, "/console/"),
        (host_of(FIRST), f"/o/{FIRST}/ivr/voice", None): ToOffice(first, "/ivr/voice"),
        (host_of(FIRST), f"/o/{SECOND}/ivr/voice", None): ToNowhere(),
        (SHARED, f"/o/{FIRST}/ivr/turn/3", None): ToOffice(first, "/ivr/turn/3"),
        (SHARED, f"/o/{FIRST}/console/", None): ToItsHost(first, "/console/"),
        (SHARED, f"/o/{FIRST}", None): ToItsHost(first, "/"),
        (SHARED, "/o/99999/console/", None): ToNowhere(),
        (SHARED, "/ivr/voice", number): ToOffice(first, "/ivr/voice", shared=True),
        (host_of(SECOND), "/ivr/voice", number): ToOffice(offices.entries[SECOND], "/ivr/voice"),
        (SHARED, "/ivr/voice", "+84258999999"): ToNobody("+84258999999"),
        (SHARED, "/ivr/voice", None): ToInstallation("/ivr/voice"),
        (SHARED, "/tinh", None): ToInstallation("/tinh"),
        ("evil.example", "/console/", None): ToNowhere(),
        ("evil.example", "/ivr/voice", number): ToNowhere(),
        ("evil.example", f"/o/{FIRST}/ivr/voice", None): ToNowhere(),
    }
    found = {key: way_of(offices, *key) for key in wanted}
    assert {key: way for key, way in found.items() if way != wanted[key]} == {}
    assert way_of(offices, SHARED, "/readyz", None, FIRST) == ToOffice(first, "/readyz")
    assert way_of(offices, SHARED, "/console/", None, FIRST) == ToInstallation("/console/")


TEXT = st.text(max_size=40) | st.sampled_from(
    ["", ".", "..", "/", "%2e", "\x00", "\u0660", "２２５０４", "+84", " "]
)


@given(data=st.data())
def test_no_host_path_or_number_reaches_an_office_that_it_does_not_name(
    data: st.DataObject, offices: Offices
) -> None:
    named = st.sampled_from([*(host_of(code) for code in CODES), SHARED, "127.0.0.1:8000", ""])
    host = data.draw(named | TEXT | st.tuples(TEXT, named, TEXT).map("".join))
    folder = st.sampled_from([*(f"/o/{code}" for code in CODES), "/o/", "/O/22504", "/o/2250４", ""])
    path = data.draw(
        st.tuples(TEXT, folder, st.sampled_from([*BY_NUMBER, "/console/", "/readyz"]) | TEXT).map("".join)
    )
    called = data.draw(st.none() | TEXT | st.sampled_from([number_of(code) for code in CODES]))
    way = way_of(offices, host, path, called, data.draw(TEXT | st.sampled_from(CODES)))
    if isinstance(way, ToOffice | ToItsHost):
        code, digits = way.entry.code, "".join(filter(str.isdigit, called or ""))
        by_host = host.casefold().startswith(host_of(code))
        by_path = path.startswith(f"/o/{code}")
        by_number = digits.endswith(number_of(code).removeprefix("+84"))
        by_question = path.startswith("/readyz")
        assert by_host or by_path or by_number or by_question, (host, path, called)
        others = [other for other in CODES if other != code]
        assert not any(host.casefold().split(":")[0].rstrip(".") == host_of(other) for other in others)


@given(
    host=TEXT,
    path=TEXT,
    query=TEXT,
    body=st.binary(max_size=80),
    kind=st.sampled_from(["application/x-www-form-urlencoded", "application/json", "", "\u00e4"]),
    length=st.sampled_from([None, "0", "5", "-1", "x", "99999999999"]),
)
def test_whatever_strangers_send_is_answered_without_an_error(
    host: str,
    path: str,
    query: str,
    body: bytes,
    kind: str,
    length: str | None,
    open_province: Province,
) -> None:
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": kind, "QUERY_STRING": query}
    environ |= {"HTTP_HOST": host, "PATH_INFO": path, "wsgi.input": io.BytesIO(body)}
    environ["CONTENT_LENGTH"] = str(len(body)) if length is None else length
    said: list[str] = []

    def start(status: str, _fields: object, *_: object) -> Any:
        said.append(status)

    list(open_province.dispatcher(environ, start))
    assert said[0][:3] in ("200", "302", "404"), said


def test_an_unknown_host_is_told_that_it_is_no_offices(province: Province) -> None:
    answer = province.ask("evil.example", "/console/")
    assert (answer.status_code, "Địa chỉ này không thuộc cơ quan nào" in answer.text) == (404, True)
    assert province.cells.open_codes() == []


def test_readers_are_led_from_the_folder_to_the_offices_own_host(province: Province) -> None:
    answer = province.ask(SHARED, f"/o/{FIRST}//evil.example/?a=b%0d")
    assert answer.headers["Location"] == f"https://{host_of(FIRST)}/evil.example/?a=b%0d"
    assert province.ask(SHARED, f"/o/{FIRST}/console/", "POST").status_code == 404


def test_a_broken_office_apologises_and_the_others_answer(province: Province, tmp_path: Path) -> None:
    (tmp_path / "i/offices" / FIRST / "config.yaml").write_text("nonsense: 1\n", "utf-8")
    (tmp_path / "i/offices" / SECOND / "var/tongdai.db").write_bytes(b"no database at all" * 400)
    first, second = (province.caller(code) for code in (FIRST, SECOND))
    assert "tạm gián đoạn" in " ".join(first.heard)
    assert "hệ thống đang gặp sự cố" in " ".join(second.heard)
    third = province.caller(THIRD)
    assert "Xin kính chào quý khách" in " ".join(third.heard)
    third.hang_up()
    answer = province.ask(SHARED, "/readyz").json
    assert answer is not None
    assert answer["shut"] == [FIRST, SECOND]
    statuses = {code: province.ask(SHARED, f"/readyz?office={code}").status_code for code in CODES}
    assert {statuses[FIRST], statuses[SECOND]} == {503}
    assert statuses[THIRD] == 200
    for code in (FIRST, SECOND):
        (tmp_path / "i/offices" / code).rename(tmp_path / code)
    _look(province)
    answer = province.ask(SHARED, "/readyz").json
    assert answer is not None
    assert (answer["offices"], answer["shut"]) == (1, []), "who was removed is no trouble any more"


def test_an_office_that_is_being_opened_asks_to_come_again_and_the_others_are_taken(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that meets it is given back to the provider, which comes again by the fallback address."""
    monkeypatch.setattr(cells, "OPENING_SECONDS", 0.01)
    begun, go_on = threading.Event(), threading.Event()
    open_office = province.cells._open_office

    def slowly(entry: OfficeEntry) -> OpenOffice:
        if entry.code == FIRST:
            begun.set()
            assert go_on.wait(PATIENCE)
        return open_office(entry)

    monkeypatch.setattr(province.cells, "_open_office", slowly)
    first = threading.Thread(target=lambda: province.caller(FIRST).hang_up())
    first.start()
    assert begun.wait(PATIENCE)
    answer = province.ask(host_of(FIRST), "/ivr/voice", "POST", data={"To": number_of(FIRST)})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Xin kính chào quý khách" in " ".join(province.caller(SECOND).heard)
    go_on.set()
    first.join(PATIENCE)
    assert called_in(province, FIRST) == [number_of(FIRST)]


def test_a_book_that_must_not_be_used_is_named_in_the_log_once(province: Province, tmp_path: Path) -> None:
    (tmp_path / "i/offices" / FIRST / "var/tongdai.db").write_bytes(b"no database at all" * 400)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            assert "gặp sự cố" in " ".join(province.caller(FIRST).heard)
            province.cells.look()
    named = [one["office"] for one in logs if one["event"] == "book of an office must not be used"]
    assert named == [FIRST]


def test_what_is_logged_while_a_book_is_waited_for_names_its_office(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_hotline: Hotline) -> NoReturn:
        raise DatabaseBusyError("not there yet")

    monkeypatch.setattr(prepare, "prepare", busy)
    merged = structlog.contextvars.merge_contextvars
    with structlog.testing.capture_logs(processors=[merged]) as logs:
        for code in (FIRST, SECOND):
            province.cell(code).preparation.wait(PATIENCE)
    waited = [one.get("office") for one in logs if one["event"] == "waiting for the database"]
    assert waited == [FIRST, SECOND]


def test_an_office_that_is_paused_apologises_and_its_book_is_closed(
    province: Province, tmp_path: Path
) -> None:
    province.caller(FIRST).hang_up()
    file = tmp_path / "i/offices" / FIRST / "office.yaml"
    whole = file.read_text("utf-8")
    file.write_text(f"{whole}paused: true\n", "utf-8")
    _look(province)
    assert FIRST not in province.cells.open_codes()
    paused = province.caller(FIRST)
    assert "hệ thống đang gặp sự cố" in " ".join(paused.heard)
    shutil.copytree(file.parent / "var", tmp_path / "moved")
    file.write_text(whole, "utf-8")
    _look(province)
    again = province.caller(FIRST)
    assert "Xin kính chào quý khách" in " ".join(again.heard)


def _look(province: Province) -> None:
    province.register._looked = float("-inf")
    province.cells.look()


def test_a_stuck_office_keeps_its_own_callers_waiting_and_nobody_elses(province: Province) -> None:
    """Four requests wait for its book, the fifth hears an apology at once, and another office answers."""
    entry = province.register.now().entries[FIRST]
    held = [province.cells.take(entry) for _ in range(AT_ONCE)]
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda code=code: answers.append(" ".join(province.caller(code).heard)))
        for code in (FIRST, SECOND)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for cell in held:
        province.cells.give_back(cell)
    assert sorted("gặp sự cố" in said for said in answers) == [False, True]


def test_telephones_that_wait_for_events_crowd_no_office(province: Province) -> None:
    """Each open telephone waits all the time, and nobody else of its office waits for it."""
    entry = province.register.now().entries[FIRST]
    listening = [province.cells.take(entry, listens=True) for _ in range(3 * AT_ONCE)]
    assert "Xin kính chào quý khách" in " ".join(province.caller(FIRST).heard)
    at_book = [province.cells.take(entry) for _ in range(AT_ONCE)]
    assert "gặp sự cố" in " ".join(province.caller(FIRST).heard)
    for cell in at_book:
        province.cells.give_back(cell)
    for cell in listening:
        province.cells.give_back(cell, listens=True)
    assert (cell.users, cell.listeners) == (0, 0)


def test_books_are_closed_when_others_are_asked_for_and_never_while_they_answer(
    tmp_path: Path, migrated_file: Path
) -> None:
    codes = [f"2250{number}" for number in range(5)]
    province = Province.of(make_installation(tmp_path, codes, book=migrated_file), ["voice"], most=2)
    entries = province.register.now().entries
    held = province.cells.take(entries[codes[0]])
    for code in codes[1:]:
        province.caller(code).hang_up()
    assert province.cells.open_codes() == [codes[0], codes[4]]
    with held.hotline.database.reading() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM calls").scalar() == 0
    province.cells.give_back(held)
    province.caller(codes[3]).hang_up()
    assert province.cells.open_codes() == [codes[4], codes[3]]
    assert len(called_in(province, codes[1])) == 1
    province.cells.close()
