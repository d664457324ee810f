"""Texts that want to be markup, in every column people fill, on every page of everybody (T-06)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page
from sqlalchemy import Connection, String, Table, Text, select, text, update

from logbook.accounts.rights import ROLES
from logbook.database.tables.metadata import metadata
from logbook.plain_text import plain_text
from tests.browser.conftest import Visit
from tests.browser.full_house import furnish, pages
from tests.browser.office import Office

PAYLOADS = (
    "<script>window.__pwned=1</script>",
    '"><img src=x onerror="window.__pwned=1">',
    "'><svg/onload=window.__pwned=1>",
    "javascript:window.__pwned=1",
    "{{7*7}}{% raw %}${7*7}",
    "]]></title></textarea></script><script>window.__pwned=1</script><!--",
    "\u202egnaơhp Ủ\u2066 <b>đảo</b>",
    "<scr\x00ipt>window.__pwned=1</scr\x00ipt>",
    "W" * 400,
    "<iframe srcdoc='<script>parent.__pwned=1</script>'></iframe><base href=//evil.example>",
)
OURS = {
    "api_clients": {"token_hash", "rights"},
    "budget_lines": {"model", "source"},
    "budgets": {"scope"},
    "callbacks": {"reason", "state", "last_result", "number"},
    "calls": {"sid", "direction", "language", "status", "outcome", "purpose", "caller_type", "place"},
    "case_results": {"key", "kind", "outcome", "done_how"},
    "checklist_looks": {"checklist", "period", "item", "place", "state"},
    "consents": {"purpose", "key"},
    "heartbeats": {"name"},
    "criteria": {"key"},
    "criteria_sets": {"key", "channels"},
    "deliveries": {"key", "kind", "recipient", "channel", "state", "result", "provider_sid", "receipt"},
    "desk_busy": {"person"},
    "desk_meetings": {"month"},
    "desk_remedies": {"month"},
    "dossier_mismatches": {"on_paper"},
    "dossier_reviews": {"month", "figures"},
    "dossier_upload_parts": {"upload_key", "rows"},
    "dossier_uploads": {"key", "state", "columns", "errors"},
    "dossiers": {"outcome"},
    "duty_absences": {"person", "part", "stand_in"},
    "duty_places": {"person"},
    "duty_sessions": {"kind"},
    "escalations": {"key", "kind", "ladder", "settled_how"},
    "internal_checks": {"record", "outcome"},
    "journal": {"act", "subject", "previous_hash", "hash"},
    "journal_head": {"hash"},
    "late_explanations": {"code"},
    "leases": {"name", "owner"},
    "mail_letters": {"key", "fate"},
    "webhook_deliveries": {"message_id", "state", "body"},
    "webhooks": {"salt"},
    "legs": {"sid", "outcome"},
    "line_edits": {"subject"},
    "monthly_counts": {"month", "service"},
    "monthly_figures": {"office", "month", "document", "digest"},
    "news_items": {"key", "kind"},
    "obstacles": {"key"},
    "officials": {"key", "second_key", "organisation", "login", "telephone", "reminded_by"},
    "openings": {"channel"},
    "notices": {"month", "figures"},
    "plan_evidence": {"month", "kind", "digest", "file_type"},
    "plan_reminders": {"occasion", "person"},
    "plan_tasks": {"cadence", "person", "figures"},
    "plans": {"key", "first_month", "last_month", "owner"},
    "postings": {"place", "photo_type"},
    "province_offices": {"code", "public_key", "since", "until"},
    "publications": {"state", "search_text"},
    "publicity": {"key", "channel"},
    "people": {"login", "role", "language", "password_hash", "second_factor"},
    "recordings": {"sid", "purpose", "state", "file_name", "sha256", "media_type"},
    "reports": {"kind", "period"},
    "responses": {"channel", "state"},
    "rating_counts": {"channel"},
    "rating_places": {"code", "kind"},
    "rating_tags": {"tag"},
    "rating_tokens": {"code_hash"},
    "saved_views": {"query"},
    "sessions": {"token_hash"},
    "slip_checks": {"respondent", "answers"},
    "printed_slips": {"number", "form_key"},
    "prompt_clips": {"language", "prompt", "digest", "source", "troubles"},
    "prompt_codes": {"code_hash", "language", "prompt"},
    "slip_photos": {"sha256", "office", "number", "rows", "problem"},
    "slips": {"respondent", "source"},
    "team_members": {"person"},
    "ticket_events": {"verb", "from_state", "to_state", "previous_hash", "hash"},
    "tickets": {
        *("code", "pin_digest", "kind", "channel", "caller_type", "state", "outcome", "topic", "head_hash"),
        *("search_text", "verdict", "subject_ids"),
    },
    "token_ratings": {"comment_state"},
    "transcripts": {"state", "engine"},
    "turns": {"place", "answer"},
    "work_checks": {"key"},
    "written_forms": {"helper", "manner", "check_result", "confirmed_by"},
    "portal_codes": {"code"},
    "zalo_tokens": {"seed", "refresh", "access", "error"},
}
"""Columns that hold one of our own words, ids or digests: nothing from outside comes into them."""
JSON_TEXTS = {"content", "summary", "answer", "question", "cause", "remedy", "to", "opened_by", "until"}
"""Names in stored JSON under which somebody's own words stand."""
WATCH = """
window.__broken = [];
document.addEventListener('securitypolicyviolation', (told) => window.__broken.push(told.violatedDirective));
"""


def columns() -> Iterator[tuple[Table, str]]:
    """Every text column somebody's words may come into."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | Text) and column.name not in OURS.get(table.name, set()):
                yield table, column.name


def spoilt(name: str, stored: str | None, payload: Callable[[], str], limit: int | None) -> str:
    """The next payload; inside stored JSON, one in each of its texts."""
    if name == "minutes":
        return json.dumps({"opened_on": "2026-11-24", "opened_by": payload(), "opinions": 3})
    try:
        seen = json.loads(stored or "")
    except ValueError:
        seen = None
    if isinstance(seen, dict):
        return json.dumps({key: payload() if key in JSON_TEXTS else seen[key] for key in seen})
    if isinstance(seen, list):
        return json.dumps([payload() for _ in seen])
    return plain_text(payload(), limit or 2000)


def poison(conn: Connection) -> int:
    """Put the payloads in turn into every such column of every row; how many texts were written."""
    written = 0
    guards = conn.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
    for guard in guards.all():  # histories take no change from anybody else
        conn.execute(text(f"DROP TRIGGER {guard}"))
    for table, name in columns():
        keys = list(table.primary_key.columns)
        limit = getattr(table.c[name].type, "length", None)
        for number, row in enumerate(conn.execute(select(table)).all()):
            turn = iter(range(number, number + 1000))

            def payload(turn: Iterator[int] = turn) -> str:
                return PAYLOADS[next(turn) % len(PAYLOADS)]

            where = [key == getattr(row, key.name) for key in keys]
            value = spoilt(name, getattr(row, name), payload, limit)
            conn.execute(update(table).where(*where).values({name: value}))
            written += 1
    return written


def harm(page: Page) -> list[str]:
    """What a payload did on this page."""
    done: dict[str, Any] = page.evaluate(
        "() => ({ ran: typeof window.__pwned, broken: window.__broken, base: document.baseURI, made:"
        " document.querySelectorAll('main :is(script, iframe, base, img[src=x], svg[onload])').length,"
        " over: document.documentElement.scrollWidth - window.innerWidth })"
    )
    seen = [f"a script ran: {done['ran']}"] if done["ran"] != "undefined" else []
    seen += [f"the policy was broken: {one}" for one in done["broken"]]
    seen += [f"{done['made']} elements of a payload"] if done["made"] else []
    seen += [f"{done['over']} pixels too broad"] if done["over"] > 0 else []
    return seen


def addresses(office: Office, role: str) -> list[str]:
    """Everything one role is shown; all of it for those who see most, and what comes back from an address."""
    everything = role in {"head_of_office", "administrator"}
    echoed = [
        f"/console/{path}={payload}"
        for path in ("tickets?q", "tickets?which=all&category", "calls?number", "journal?who", "?said")
        for payload in ("%3Cscript%3Ewindow.__pwned=1%3C/script%3E", "%22%3E%3Cimg src=x onerror=alert(1)%3E")
    ]
    public = ["/", "/console/sign-in?next=%22%3E%3Cscript%3E"]
    if everything:
        return [*public, *pages(office), *echoed]
    return [*public, *pages(office, most=1)]


@pytest.mark.row("T-06")
def test_no_text_becomes_anything_but_text_on_any_page_of_any_role(office: Office, visit: Visit) -> None:
    furnish(office)
    with office.hotline.database.writing() as conn:
        assert poison(conn) > 300
    found: dict[str, list[str]] = {}

    def asked(dialog: Dialog) -> None:
        found.setdefault("dialog", []).append(dialog.message)
        dialog.accept()

    for role in ROLES:
        page = visit(role)
        page.add_init_script(WATCH)
        page.on("dialog", asked)
        for address in addresses(office, role):
            answer = page.goto(address, wait_until="load")
            assert answer is not None
            seen = [] if answer.status in (200, 403, 404) else [f"status {answer.status}"]
            if seen := seen + harm(page):
                found[f"{role} {address}"] = seen
    assert not found, "\n".join(f"{where}: {', '.join(seen)}" for where, seen in found.items())


def test_every_column_left_out_is_one_there_is() -> None:
    there = {(table.name, column.name) for table in metadata.sorted_tables for column in table.columns}
    named = {(table, column) for table, names in OURS.items() for column in names}
    assert named - there == set()
