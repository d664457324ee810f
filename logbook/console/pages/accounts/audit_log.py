"""Page of the audit log: who did what, when and why, and whether the chain is whole (T-23)."""

from __future__ import annotations

from flask import request
from sqlalchemy import Connection

from logbook.accounts import audit_log as lines
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.plain_text import plain_text
from logbook.search import audit_log
from logbook.tickets import history

PAGE = 50
_LARGEST = 2**53


def add(desk: ConsoleFrame) -> None:
    """`/console/journal` and the button that verifies it."""

    @desk.page("/journal", Act.SEE_AUDIT_LOG)
    def journal() -> str:
        with desk.reading() as conn:
            return _shown(desk, conn)

    @desk.page("/journal/verify", Act.SEE_AUDIT_LOG, methods=("POST",))
    def journal_verify() -> str:
        with desk.reading() as conn:
            broken_line = lines.verify(conn)
            broken_ticket = history.verify(conn)
        sound = broken_line is None and broken_ticket is None
        with desk.writing() as conn:
            lines.write(conn, desk.person, "verify", "journal", desk.now, sound=sound)
        with desk.reading() as conn:
            return _shown(desk, conn, verified=True, broken_line=broken_line, broken_ticket=broken_ticket)


def _shown(desk: ConsoleFrame, conn: Connection, *, verified: bool = False, **verdict: object) -> str:
    asked = {name: plain_text(request.args.get(name, ""), 128).strip() for name in ("act", "who", "subject")}
    kinds = _named(desk, "subject_")
    meant = audit_log.subjects(conn, desk.person, asked["subject"], kinds) if asked["subject"] else None
    entries, older = audit_log.page(
        conn,
        desk.person,
        PAGE,
        before(request.args.get("before", "")),
        act=asked["act"] or None,
        who=asked["who"] or None,
        subjects=meant,
    )
    return desk.show(
        "journal.html",
        here="journal",
        entries=entries,
        details=audit_log.details,
        names=audit_log.names(conn, desk.person, entries),
        older=older,
        asked=asked,
        acts=sorted(_named(desk, "act_").items(), key=lambda pair: pair[1].casefold()),
        verified=verified,
        **verdict,
    )


def _named(desk: ConsoleFrame, prefix: str) -> dict[str, str]:
    """What the catalogue calls everything whose key begins so, by the rest of the key."""
    catalogue = desk.installation.texts[desk.words.language].sentences
    return {key.removeprefix(prefix): text for key, text in catalogue.items() if key.startswith(prefix)}


def before(text: str) -> int | None:
    """The number after which a page goes on; whatever is no such number is the first page."""
    if not (text.isascii() and text.isdigit()) or len(text) > 16:
        return None
    return min(int(text), _LARGEST)
