"""Photographs of slips in the console: sure ones confirmed together, unsure ones asked, pictures deleted."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta
from random import Random

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from logbook.accounts import audit_log
from logbook.database.tables import slip_photos
from logbook.installation import Installation
from logbook.ratings import instruments, slip_lookup, slips
from logbook.ratings.paper import printed, readings
from logbook.ratings.paper.layout import SlipLayout, office_of
from logbook.ratings.paper.printed import BlankSlip
from logbook.ratings.paper.reader import ReadRow, ReadSlip, UnreadSlip
from logbook.ratings.slip_values import PaperSlip, Respondent, Source, TypedSlip
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.ratings import photographed
from tests.logbook.ratings.photographed import Filled, Light
from tests.one_stop_desk import dossier, dossiers_of

SURE = (5, 4, 3, 2, 1)


@pytest.fixture
def ledger(installation: Installation) -> Installation:
    """Nine finished dossiers, one that is not, and a printed slip for each: P-0001 for H0001 and so on."""
    now = installation.clock.now()
    with installation.database.writing() as conn:
        form = instruments.for_slips(installation.settings)
        instruments.install(conn, [form], now)
        references = [*dossiers_of(conn, 9), "H0010"]
        dossier(conn, "H0010", None)
        blanks = [BlankSlip(f"P-{n:04d}", one) for n, one in enumerate(references, 1)]
        printed.record(conn, [*blanks, BlankSlip("P-0011")], form, None, now)
    return installation


def read(
    ledger: Installation,
    number: str,
    marks: tuple[int | str | None, ...] = SURE,
    *,
    office: str = "",
    comment: bool = False,
    seed: int = 0,
) -> int:
    """Keep what the reader would have read off a slip; "?" is a row it is unsure of."""
    rows = tuple(
        ReadRow(None, sure=False) if isinstance(one, str) else ReadRow(one, sure=True) for one in marks
    )
    picture = io.BytesIO()
    Image.new("L", (740, 1050), 200).save(picture, "JPEG")
    slip = ReadSlip(
        office or office_of(ledger.settings.office.agency),
        number,
        SlipLayout(len(rows), 5),
        rows,
        ReadRow(1, sure=True),
        comment,
        picture.getvalue(),
    )
    with ledger.database.writing() as conn:
        name = readings.digest(f"{number}{marks}{office}{seed}".encode())
        kept = readings.keep(conn, name, "anh.jpg", [slip], None, ledger.clock.now())
    return kept[0].id if kept else 0


def send(browser: FlaskClient, path: str, **form: object) -> TestResponse:
    page = browser.get("/console/slips/photos").text
    seal = re.search(r'name="seal" value="([^"]+)"', page)
    extra = {"seal": seal.group(1)} if seal else {}
    data = {"form_token": form_token(page), **extra, **form}
    return browser.post(f"/console/slips/photos{path}", data=data, content_type="multipart/form-data")


def told(answer: TestResponse) -> str:
    return " ".join(html.unescape(answer.text).split())


def stored(ledger: Installation, number: str) -> PaperSlip | None:
    with ledger.database.reading() as conn:
        return slip_lookup.of_number(conn, number)


def waiting(ledger: Installation) -> int:
    with ledger.database.reading() as conn:
        return conn.execute(select(func.count()).select_from(slip_photos)).scalar_one()


def confirm(clerk: FlaskClient) -> TestResponse:
    page = clerk.get("/console/slips/photos").text
    shown = re.findall(r'name="reading" value="(\d+)"', page)
    return send(clerk, "/confirm", reading=shown)


@pytest.mark.row("003-03")
def test_photographs_sent_are_read_confirmed_once_and_their_pictures_deleted(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    agency = ledger.settings.office.agency
    papers = [photographed.filled(Filled(f"P-000{n}", SURE, 2), Random(n), agency=agency) for n in (1, 2)]
    shots = [photographed.photograph([one], n, Light(0.5)) for n, one in enumerate(papers)]
    for _ in range(2):  # the second time changes nothing
        files = [(io.BytesIO(shot), f"IMG_{n}.jpg") for n, shot in enumerate(shots)]
        assert send(clerk, "/read", photos=files).status_code == 303
        assert waiting(ledger) == 2
    page = told(clerk.get("/console/slips/photos"))
    assert "Xác nhận 2 phiếu" in page
    assert "H0001" in page
    assert stored(ledger, "P-0001") is None
    assert "photo_confirmed" in confirm(clerk).headers["Location"]
    slip = stored(ledger, "P-0001")
    assert slip is not None
    assert (slip.reference, slip.respondent, slip.answers) == ("H0001", "organisation", SURE)
    assert (slip.source, slip.entered_by) == (Source.PHOTO, "Người desk_officer")
    assert waiting(ledger) == 0
    assert "từ ảnh chụp" in told(clerk.get(f"/console/slips/{slip.id}"))
    with ledger.database.reading() as conn:
        assert '"numbers": "P-0001, P-0002"' in audit_log.recent(conn, 1, act="confirm_photos")[0].details
    files = [(io.BytesIO(shots[0]), "again.jpg")]
    send(clerk, "/read", photos=files)
    assert "1 phiếu đã có trong sổ, giống hệt" in told(clerk.get("/console/slips/photos"))
    confirm(clerk)
    assert waiting(ledger) == 0


@pytest.mark.row("003-01")
def test_an_unsure_row_is_asked_with_its_picture_and_leads_on_to_the_next_slip(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    first, second = read(ledger, "P-0001", (5, "?", 3, 2, None)), read(ledger, "P-0002", ("?", 1, 1, 1, 1))
    read(ledger, "P-0003")
    page = clerk.get(f"/console/slips/photos/{first}").text
    assert re.findall(r"part=(\w+)", page) == ["2"]
    assert re.findall(r'name="a(\d)" value="(\d?)"', page) == [
        ("1", "5"), ("2", ""), ("3", "3"), ("4", "2"), ("5", "0"),
    ]  # fmt: skip
    piece = clerk.get(f"/console/slips/photos/{first}/picture?part=2")
    assert piece.mimetype == "image/jpeg"
    assert Image.open(io.BytesIO(piece.data)).size < (740, 100)
    form = {
        "reference": "H0001",
        "a1": "5",
        "a2": "",
        "a3": "3",
        "a4": "2",
        "a5": "0",
        "respondent": "individual",
    }
    left_out = send(clerk, f"/{first}", **form)
    assert (left_out.status_code, "Mục 2: xin ghi điểm" in told(left_out)) == (400, True)
    done = send(clerk, f"/{first}", **form | {"a2": "4", "comment": "Tốt"})
    assert done.headers["Location"].startswith(f"/console/slips/photos/{second}")
    slip = stored(ledger, "P-0001")
    assert slip is not None
    assert (slip.answers, slip.comment, slip.source) == ((5, 4, 3, 2, None), "Tốt", Source.PHOTO)
    assert send(clerk, f"/{first}", **form).status_code == 404
    last = send(clerk, f"/{second}", **form | {"reference": "H0002", "a2": "4"})
    assert last.headers["Location"].startswith("/console/slips/photos?")
    assert waiting(ledger) == 1


@pytest.mark.row("003-03")
def test_every_slip_that_cannot_be_entered_as_it_is_says_why(ledger: Installation, signed_in: SignIn) -> None:
    clerk = signed_in("desk_officer")
    now = ledger.clock.now()
    with ledger.database.writing() as conn:
        form = instruments.for_slips(ledger.settings)
        for number, reference in (("P-0004", "H0004"), ("Q-1", "H0005")):
            slips.enter(conn, TypedSlip(number, reference, Respondent.INDIVIDUAL, SURE), form, now)
        unread = UnreadSlip(office_of(ledger.settings.office.agency), "P-0007", "photo_corner_missing")
        readings.keep(conn, "0" * 64, "x.jpg", [unread], None, now)
        readings.keep(conn, "1" * 64, "<b>y</b>.heic", readings.try_reading(b"\0\0\0\x18ftypheic"), None, now)
    cases = {
        "Hồ sơ H0010 chưa trả kết quả": ("P-0010", SURE, ""),
        "Phiếu P-0004 đã có trong sổ và ghi khác ảnh": ("P-0004", (1, 1, 1, 1, 1), ""),
        "Hồ sơ H0005 đã có phiếu Q-1": ("P-0005", SURE, ""),
        "Số phiếu P-0999 không có trong các đợt đã in ở đây": ("P-0999", SURE, ""),
        "Phiếu P-0001 là của cơ quan khác": ("P-0001", SURE, "ZZZZ"),
        "Phiếu P-0006 theo mẫu khác": ("P-0006", (*SURE, 1), ""),
        "Phiếu chưa in sẵn mã hồ sơ": ("P-0011", SURE, ""),
        "Phiếu trắng không được tính": ("P-0008", (None,) * 5, ""),
    }
    for number, marks, office in cases.values():
        read(ledger, number, marks, office=office)
    page = told(clerk.get("/console/slips/photos"))
    sentences = [*cases, "Không thấy đủ các mã ở góc phiếu", "Ảnh HEIC của iPhone chưa đọc được"]
    assert [one for one in sentences if one not in page] == []
    assert "Xác nhận" not in page
    assert "<b>y</b>" not in clerk.get("/console/slips/photos").text
    everything = [str(n) for n in range(1, 99)]
    assert "not_done" in send(clerk, "/confirm", reading=everything).headers["Location"]
    assert stored(ledger, "P-0010") is None
    addresses = set(
        re.findall(r'href="(/console/slips/photos/\d+)"', clerk.get("/console/slips/photos").text)
    )
    assert {clerk.get(address).status_code for address in addresses} == {200}


def test_a_slip_without_a_printed_dossier_is_entered_by_typing_it(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    reading = read(ledger, "P-0011")
    assert "part=reference" in clerk.get(f"/console/slips/photos/{reading}").text
    form = {f"a{place}": str(mark) for place, mark in enumerate(SURE, 1)}
    wrong = send(clerk, f"/{reading}", reference="H7", **form)
    assert (wrong.status_code, "Không có hồ sơ H7" in told(wrong), waiting(ledger)) == (400, True, 1)
    assert send(clerk, f"/{reading}", reference="h0009", **form).status_code == 303
    slip = stored(ledger, "P-0011")
    assert slip is not None
    assert (slip.reference, slip.answers) == ("H0009", SURE)


def test_a_slip_photographed_twice_counts_once_and_two_that_differ_are_asked(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    assert read(ledger, "P-0001", (5, "?", 3, 2, 1)) > 0
    assert read(ledger, "P-0001", SURE, seed=1) > 0, "a better photograph takes the place"
    assert read(ledger, "P-0001", SURE, seed=2) == 0
    assert waiting(ledger) == 1
    read(ledger, "P-0002", SURE)
    read(ledger, "P-0002", (1, 1, 1, 1, 1))
    page = told(clerk.get("/console/slips/photos"))
    assert page.count("được chụp hai lần và đọc khác nhau") == 2
    confirm(clerk)
    assert stored(ledger, "P-0001") is not None
    assert stored(ledger, "P-0002") is None


def test_two_slips_printed_for_one_dossier_are_not_both_entered(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    with ledger.database.writing() as conn:
        form = instruments.for_slips(ledger.settings)
        printed.record(conn, [BlankSlip("P-0021", "H0001")], form, None, ledger.clock.now())
    read(ledger, "P-0001")
    read(ledger, "P-0021")
    confirm(clerk)
    assert [stored(ledger, one) is not None for one in ("P-0001", "P-0021")] == [True, False]
    assert "Hồ sơ H0001 đã có phiếu P-0001" in told(clerk.get("/console/slips/photos"))


def test_a_picture_goes_when_it_is_dropped_and_when_nobody_confirms_it(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    first = read(ledger, "P-0001")
    read(ledger, "P-0002")
    assert send(clerk, f"/{first}/drop").status_code == 303
    assert clerk.get(f"/console/slips/photos/{first}/picture").status_code == 404
    now = ledger.clock.now()
    gone = {}
    for days in (13, 15):
        with ledger.database.writing() as conn:
            gone[days] = readings.forget_old(conn, now + timedelta(days=days))
    assert (gone, waiting(ledger)) == ({13: 0, 15: 1}, 0)


def test_a_form_without_a_photograph_says_so(ledger: Installation, signed_in: SignIn) -> None:
    clerk = signed_in("desk_officer")
    answer = send(clerk, "/read", photos=(io.BytesIO(b""), ""))
    assert (answer.status_code, "Xin chọn ít nhất một ảnh" in told(answer)) == (400, True)
    odd = send(clerk, "/read", photos=(io.BytesIO(b"GIF89a"), "x.gif"))
    assert odd.status_code == 303
    assert "Tệp không phải ảnh JPEG hay PNG" in told(clerk.get("/console/slips/photos"))


def test_a_process_that_ends_among_many_photographs_keeps_those_it_read_and_none_twice(
    ledger: Installation, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = signed_in("desk_officer")
    agency = ledger.settings.office.agency
    seen: list[bytes] = []

    def reading(content: bytes, *, last: int) -> readings.Found:
        seen.append(content)
        if len(seen) > last:
            raise KeyboardInterrupt
        row = ReadRow(4, sure=True)
        number = content.decode()
        return [ReadSlip(office_of(agency), number, SlipLayout(5, 5), (row,) * 5, row, False, b"jpeg")]

    def everything() -> list[tuple[io.BytesIO, str]]:
        return [(io.BytesIO(f"P-000{n}".encode()), f"{n}.jpg") for n in range(1, 6)]

    monkeypatch.setattr(readings, "try_reading", lambda content: reading(content, last=3))
    with pytest.raises(KeyboardInterrupt):
        send(clerk, "/read", photos=everything())
    assert waiting(ledger) == 3
    monkeypatch.setattr(readings, "try_reading", lambda content: reading(content, last=99))
    assert send(clerk, "/read", photos=everything()).status_code == 303
    assert waiting(ledger) == 5
    assert seen[4:] == [b"P-0004", b"P-0005"], "those that wait are not read again"
