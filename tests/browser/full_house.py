"""An office in the middle of its work: something on every page, and where all the pages are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

from PIL import Image
from sqlalchemy import Connection, select

from logbook.accounts import accounts as people
from logbook.accounts import api_clients, audit_log
from logbook.accounts.rights import Person
from logbook.calendar import closures
from logbook.clock import local
from logbook.console.views.guides import GUIDES
from logbook.database.tables import (
    calls,
    dossiers,
    internal_checks,
    officials,
    openings,
    plan_tasks,
    reports,
    restricted_records,
    slip_photos,
    slips,
    ticket_groups,
)
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import people as accounts
from logbook.database.tables import tickets as ticket_rows
from logbook.database.tables import webhooks as webhook_rows
from logbook.dossiers.draft import Outcome
from logbook.dossiers.months import Month
from logbook.ids import PersonId
from logbook.outbox import deliveries, escalations, webhooks
from logbook.plan import checklists, counters, evidence, looks, news, plans, work_checks
from logbook.plan import internal_checks as internal_checks_
from logbook.plan.looks import NewLook
from logbook.publications import notices, publications, publicity
from logbook.publications.publications import PublicDraft
from logbook.publications.publicity import ToldPublicity
from logbook.ratings import instruments
from logbook.ratings.paper import readings
from logbook.ratings.paper.layout import SlipLayout, office_of
from logbook.ratings.paper.reader import ReadRow, ReadSlip, UnreadSlip
from logbook.ratings.slip_values import Respondent, TypedSlip
from logbook.ratings.slips import enter
from logbook.reports import made, obstacles
from logbook.reports.counting import counted
from logbook.reports.periods import week_of
from logbook.search import saved_views, ticket_filters
from logbook.sending import webhook_events
from logbook.tickets import groups, open_by_hand, tickets
from logbook.tickets.tickets import Ticket
from tests.browser.office import Office
from tests.letter_box import an_opening
from tests.people import ABROAD, HIDDEN, NEIGHBOUR, SHOP

PARTS_OF_PAGES = frozenset(
    {
        "console.static",
        "console.slip_photo_picture",
        "console.recording",
        "console.sign_in_page",
        "console.owed_now",
        "console.health_now",
        "console.report_cases",
        "console.report_document",
        "console.report_workbook",
        "console.duty_feed",
        "console.allowance_document",
        "console.allowance_workbook",
        "console.dossier_apology",
        "console.dossiers_preview",
        "console.index_workbook_of",
        "console.notice_document",
        "console.notice_sheet",
        "console.notice_photo",
        "console.poster",
        "console.plan_file",
        "console.plan_proof_file",
        "console.officials_file",
        "console.rating_place_print",
        "console.prompt_heard",
        "console.prompt_clip",
        "console.guide_picture",
    }
)
NOWHERE = "/console/nowhere"
ROAD = "Đường vào thôn Tây lở một đoạn chừng mười mét, xe máy không qua được khi trời mưa."
DITCH = "Mương trước nhà tôi ở thôn Đông bị tắc, nước thải tràn ra đường hai tuần nay."
PAPERS = "Tôi nộp hồ sơ khai sinh cho cháu, bị yêu cầu bổ sung ba lần, mỗi lần một giấy khác nhau."
ANSWER = "Đoạn mương trước nhà bác đã được nạo vét xong sáng nay. Xin cảm ơn bác đã phản ánh."


def furnish(office: Office) -> None:
    """Calls, tickets in every state, a group, callbacks, restricted records, closures, views."""
    feedback = ("classify", {"kind": "feedback", "topic": "process", "category": None, "urgent": False})
    to_desk = ("assign", {"to": office.ids["desk_officer"]})
    written = ("write", {"content": DITCH, "summary": "Mương thôn Đông bị tắc", "caller_name": "Đỗ Văn Sáu"})
    answered = ("answer", {"answer": ANSWER})
    remedy = {"outcome": "resolved", "cause": "Rác đọng sau mưa.", "remedy": "Đã nạo vét, hẹn kiểm tra lại."}

    office.settle(office.complain(), written, feedback, to_desk, answered, ("close", remedy))
    office.settle(office.complain(NEIGHBOUR), written, feedback, to_desk, answered)
    first = office.settle(office.complain(SHOP), ("write", {"content": ROAD}), feedback, to_desk)
    second = office.settle(office.complain(HIDDEN), ("write", {"content": ROAD}), feedback)
    office.settle(office.complain(NEIGHBOUR), feedback, ("ask_more", {"question": "Ở đoạn nào của thôn?"}))
    office.settle(
        office.complain(), feedback, ("transfer", {"to": "Công an xã", "reason": "việc trật tự công cộng"})
    )
    office.settle(office.complain(), ("guide", {"kind": "denunciation", "reason": "nêu hành vi vi phạm"}))
    office.settle(office.complain(ABROAD), ("mark_urgent", {"urgent": True}))
    office.complain()
    _tell(office)
    _by_hand(office)
    office.ring(NEIGHBOUR).press("0").clerk_busy().clerk_busy().clerk_busy().hang_up()
    office.ring(SHOP).press("0").clerk_answers().press("1").press("4").press("5").hang_up()
    office.ring(HIDDEN).press("2").press("3").hang_up()
    office.ring().hang_up()
    with office.hotline.database.writing() as conn:
        _of_the_office(office, conn, first, second)
        _of_the_desk(office, conn)
        now = office.hotline.clock.now()
        api_clients.make(conn, "Bảng điều hành của tỉnh", ["tickets", "index"], 365, "administrator", now)
        hook = webhooks.make(conn, "Cổng của tỉnh", "https://tinh.example/nhan-tin", "administrator", now, ())
        conn.execute(webhook_rows.update().values(made_at=now - timedelta(days=1)))
        webhook_events.spread(conn, replace(hook, made_at=now - timedelta(days=1)), office.hotline.settings)
        for row in webhooks.due(conn, hook.id, now, 3):
            webhooks.arrived(conn, row, 204, now)
        for row in webhooks.due(conn, hook.id, now, 1):
            webhook_events.not_arrived(conn, row, 503, "HTTP 503", now, 72)
    _of_the_public(office)
    _of_the_plan(office)


def _tell(office: Office) -> None:
    """Some of the tickets' notifications were sent, with every kind of result; some only wait."""
    now = office.hotline.clock.now()
    ways = (("call", "sent", "no_answer"), ("mail", "refused", "not_set_up"), ("zalo", "failed", None))
    with office.hotline.database.writing() as conn:
        for row in escalations.unsettled(conn):
            for way, state, result in ways:
                number = deliveries.put(
                    conn,
                    key=f"told:{row.id}:{way}",
                    kind=row.kind,
                    recipient="chu-tich",
                    channel=way,
                    escalation_id=row.id,
                    ticket_id=row.ticket_id,
                    now=now,
                )
                ended = {"state": state, "result": result, "due_at": None, "ended_at": now, "attempts": 3}
                error = {"last_error": "HTTP 503 Service Unavailable"} if state == "failed" else {}
                conn.execute(outbox.update().where(outbox.c.id == number).values(**ended, **error))
        escalations.open_once(conn, key="gap", kind="roster_gap", ladder="office", now=now)


def _by_hand(office: Office) -> None:
    now = office.hotline.clock.now()
    with office.hotline.database.writing() as conn:
        open_by_hand.enter(
            conn,
            open_by_hand.ManualEntry(
                "letter_box",
                "individual",
                PAPERS,
                "Bổ sung hồ sơ khai sinh ba lần",
                "Nguyễn Thị Lành",
                "thôn Đông",
                opening_id=an_opening(conn, now, day=date(2026, 11, 24), opened_by="Trần Thị Bình"),
            ),
            actor="clerk",
            notice_due_at=now,
            answer_due_at=now - timedelta(days=1),
            now=now - timedelta(days=12),
            secret=office.hotline.settings.secret_key.get_secret_value(),
        )


def _of_the_office(office: Office, conn: Connection, first: Ticket, second: Ticket) -> None:
    now, clerk = office.hotline.clock.now(), person(conn, PersonId(office.ids["clerk"]))
    groups.join(conn, first, second, clerk, now, first.version)
    later = now + timedelta(days=3)
    closures.close_line(conn, later, later + timedelta(hours=2), "họp Hội đồng nhân dân xã", "clerk", now)
    closures.override_day(conn, date(2026, 12, 5), worked=True, reason="làm bù", document="Công văn 12/UBND")
    saved_views.keep(conn, clerk.id, "Việc của thôn Đông", ticket_filters.read({"q": "thôn Đông"}))
    audit_log.write(conn, clerk, "listen", "recording:1", now, "nghe để ghi nội dung", ticket=first.code)
    settings, (times, _) = office.hotline.settings, office.hotline.calendars.now(conn)
    week = week_of(local(now).date(), settings, times)
    for text in ("Máy in của Bộ phận Một cửa hỏng từ đầu tuần", "Thiếu ghế chờ"):
        number = obstacles.enter(conn, text, "Đỗ Văn Hải", clerk, now - timedelta(days=1))
    obstacles.resolve(conn, number or 0, "Đã mua thêm mười ghế.", clerk, now)
    report = made.of_id(conn, made.made(conn, counted(conn, week, settings, times, now), now) or 0)
    assert report is not None
    late = {"owner": "Trần Thị Bình", "cause": "Hồ sơ chờ cơ quan phối hợp", "remedy": "Đã đôn đốc"}
    made.explain(conn, report, report.counted.late[0].code, late, clerk, now)


def _of_the_desk(office: Office, conn: Connection) -> None:
    """Three dossiers: one running late, one that runs, one finished with its slip."""
    now, settings = office.hotline.clock.now(), office.hotline.settings
    every: dict[str, object] = {
        "procedure": "Đăng ký khai sinh",
        "field": "Hộ tịch",
        "official": "Trần Thị Bình",
    }
    every |= {"imported_at": now, "changed_at": now, "supplements": 0, "online": False}
    for number, (due, finished) in enumerate(((-3, None), (4, None), (1, now - timedelta(days=1))), start=1):
        times = {"received_at": now - timedelta(days=9), "due_at": now + timedelta(days=due)}
        conn.execute(
            dossiers.insert().values(
                **every,
                **times,
                reference=f"H{number}",
                finished_at=finished,
                accepted_at=None,
                outcome=Outcome.DONE if finished else Outcome.RUNNING,
            )
        )
    asked = instruments.for_slips(settings)
    answers = (4,) * len(asked.criteria)
    entry = TypedSlip("000001", "H3", Respondent.INDIVIDUAL, answers, "Được hướng dẫn rõ ràng.")
    enter(conn, entry, asked, now, by=office.ids["head_of_desk"])
    picture = BytesIO()
    Image.new("L", (740, 1050), 220).save(picture, "JPEG")
    rows = (*[ReadRow(4, sure=True)] * (len(asked.criteria) - 1), ReadRow(None, sure=False))
    agency = office_of(settings.office.agency)
    form, kind = SlipLayout.of(asked), ReadRow(1, sure=True)
    slip = ReadSlip(agency, "000002", form, rows, kind, True, picture.getvalue())
    unread = UnreadSlip(agency, "000003", "photo_corner_missing")
    readings.keep(conn, "0" * 64, "IMG_0001.jpg", [slip, unread], office.ids["head_of_desk"], now)


def _of_the_public(office: Office) -> None:
    """An answer that is public, last month's notice on the board, and a line of the publicity log."""
    now, settings = office.hotline.clock.now(), office.hotline.settings
    of, today = Month.of(now).plus(-1), local(now).date()
    answered = select(ticket_rows.c.id).where(ticket_rows.c.state == "answered").limit(1)
    told = ToldPublicity(today, "loudspeaker", "Đài truyền thanh xã", "Nhân dân toàn xã", "900", "hai lần")
    with office.hotline.database.writing() as conn:
        clerk, head, chairman = (
            person(conn, PersonId(office.ids[login])) for login in ("clerk", "head_of_office", "chairman")
        )
        ticket = tickets.of_id(conn, conn.execute(answered).scalar_one())
        draft = PublicDraft("Người dân phản ánh mương bị tắc.", "Mương đã được nạo vét.", "thôn Đông")
        made_public = publications.write(conn, ticket, draft, 0, settings, clerk, now)
        publications.publish(conn, made_public, 1, settings, head, now)
        notices.consolidate(conn, of, 0, settings, head, now)
        notices.write(conn, of, ("Phục vụ tốt.", "Chờ lâu.", "Thêm bàn tiếp nhận."), 1, settings, head, now)
        notices.approve(conn, of, 2, settings, chairman, now)
        board = notices.PostingPlace.BOARD
        notices.post(conn, of, board, today, "trụ sở", notices.PostingProof("sổ"), clerk, now)
        publicity.enter(conn, told, settings.publications, clerk, now)
    _of_the_lists(office)


def _of_the_lists(office: Office) -> None:
    """A look at a checklist, a news item, counts of the month, a check of work, an internal check."""
    now, settings, today = (
        office.hotline.clock.now(),
        office.hotline.settings,
        local(office.hotline.clock.now()).date(),
    )
    with office.hotline.database.writing() as conn:
        clerk, chairman = (person(conn, PersonId(office.ids[login])) for login in ("clerk", "chairman"))
        part = settings.checklists[0]
        item, place = part.items[0].key, part.places[0].key
        shown = checklists.standing(conn, part, settings, now)
        looks.look(conn, shown, [NewLook(item, place, 0, "missing", "bảng mờ chữ")], clerk, now)
        typed = news.TypedNews(
            "news", today, "Nộp hồ sơ trực tuyến", "https://xa.example/tin/1", "Trần Thị Bình"
        )
        news.enter(conn, typed, clerk, now)
        services = {one.key: ("12", 0) for one in settings.counters.services}
        counters.count_month(conn, Month.of(now), services, clerk, now)
        guided = ("Đỗ Văn Hải", "Công chức Tư pháp", "Việc dán mã đánh giá.", "Dán lại mã ở quầy hai.")
        work_checks.enter(conn, work_checks.TypedWorkCheck(today, *guided), clerk, now)
        about = conn.execute(select(officials.c.id).limit(1)).scalar_one()
        found = ("Giờ giấc", "Đến muộn hai buổi liền.", "reminded", "Nhắc trong họp.")
        internal_checks_.enter(conn, internal_checks_.TypedCheck(about, today, *found), chairman, now)


def _of_the_plan(office: Office) -> None:
    """A plan of two tasks, one of them a milestone that is overdue; the other with every kind of proof."""
    now = office.hotline.clock.now()
    told = plans.ToldPlan(
        "Kế hoạch năm 2026", "Căn cứ Quyết định 1", "2026-01", "2026-12", "", "15 tổ dân phố"
    )
    day = "trước ngày 20/11/2026"
    with office.hotline.database.writing() as conn:
        owner = person(conn, PersonId(office.ids["plan_owner"]))
        plan = plans.find(conn, plans.create(conn, told, owner, now))
        assert plan is not None
        plans.add_task(
            conn, plan, plans.ToldTask("Tổ chức", "Lập tổ", "Văn phòng", day, "Quyết định"), owner, now
        )
        usual = plans.ToldTask("Phục vụ", "Khảo sát mức độ hài lòng", "Một cửa", "Thường xuyên", "Phiếu")
        task = plans.task(conn, plans.add_task(conn, plan, usual, owner, now))
        assert task is not None
        file, month = evidence.GivenFile("anh.png", b"\x89PNG\r\n\x1a\n00"), Month.of(now)
        for note, link, given in (
            ("Đã phát phiếu", "", None),
            ("", "https://xa.example/1", None),
            ("", "", file),
        ):
            evidence.give(conn, task, month, note, link, given, 5000, owner, now)


def person(conn: Connection, person_id: PersonId) -> Person:
    """Who has that account."""
    found = people.find(conn, person_id)
    assert found is not None
    return found


def pages(office: Office, most: int = 1000) -> list[str]:
    """Every address of the console that can be opened with GET, at most `most` of each kind, newest first."""
    keys = {
        "code": ticket_rows.c.code,
        "call_id": calls.c.id,
        "group_id": ticket_groups.c.id,
        "record_id": restricted_records.c.id,
        "person_id": accounts.c.id,
        "report_id": reports.c.id,
        "opening_id": openings.c.id,
        "official_id": officials.c.id,
        "dossier_id": dossiers.c.id,
        "slip_id": slips.c.id,
        "task_id": plan_tasks.c.id,
        "webhook_id": webhook_rows.c.id,
        "reading_id": slip_photos.c.id,
        "record": internal_checks.c.record,
    }
    found = [f"/console/tickets?which={which}" for which in ticket_filters.LISTS[:most]]
    found += ["/console/callbacks?which=settled", "/console/told?which=all", NOWHERE]
    with office.hotline.database.reading() as conn:
        for rule in office.app.url_map.iter_rules():
            if not rule.endpoint.startswith("console.") or "GET" not in (rule.methods or ()):
                continue
            if rule.endpoint in PARTS_OF_PAGES:
                continue
            if not rule.arguments:
                found.append(rule.rule)
                continue
            (name,) = rule.arguments
            if name in ("month", "period"):
                this = Month.of(office.hotline.clock.now())
                found += list(_filled(rule.rule, [str(this), str(this.plus(-1))]))
                continue
            if name == "name":
                found += list(_filled(rule.rule, ["goodbye", "status_result.1", "word.3"][:most]))
                continue
            if name == "list_key":
                found += list(_filled(rule.rule, [one.key for one in office.hotline.settings.checklists]))
                continue
            if name == "guide":
                found += list(_filled(rule.rule, GUIDES))
                continue
            column = keys[name]
            newest = select(column).order_by(column.table.c.id.desc()).limit(most)
            found += list(_filled(rule.rule, conn.execute(newest).scalars()))
    return found


def _filled(rule: str, values: Iterable[object]) -> Iterator[str]:
    before, _, rest = rule.partition("<")
    after = rest.partition(">")[2]
    for value in values:
        yield f"{before}{value}{after}"
