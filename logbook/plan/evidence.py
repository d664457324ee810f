"""What people give as proof of a task: a file, a link or a note, for a month.

Files are looked into before they are kept: a document, a workbook, a PDF or a picture, never a web page.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PureWindowsPath
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, or_, select, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, Person, may
from logbook.clock import local
from logbook.database.tables import people, plan_evidence
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.dossiers.months import Month
from logbook.plain_text import is_sentence, plain_text, whole_text
from logbook.plan.plans import PlanRefusedError, PlanTask

LONGEST_NOTE, LONGEST_LINK, LONGEST_NAME = 2000, 1000, 200
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"%PDF-": "application/pdf"}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_PACKED = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
}
ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "application/pdf": ".pdf",
    _PACKED["word/document.xml"]: ".docx",
    _PACKED["xl/workbook.xml"]: ".xlsx",
}


class EvidenceKind(StrEnum):
    """How a piece of proof is given."""

    FILE = "file"
    LINK = "link"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of proof without its file's bytes; `giver` is the name of who gave it."""

    id: int
    task_id: int
    month: str
    kind: EvidenceKind
    note: str
    link: str | None
    file_name: str | None
    size: int | None
    giver: str
    given_by: int
    given_at: datetime

    @property
    def leads_there(self) -> bool:
        """Whether the link is an address of the web."""
        return (self.link or "").startswith(("http://", "https://"))

    @property
    def said(self) -> str:
        """What it says in a line."""
        return self.note or self.file_name or self.link or "–"


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file as the browser sent it."""

    name: str
    content: bytes


_NAMES = ("id", "task_id", "month", "kind", "note", "link", "file_name", "size")
_COLUMNS = (
    *(plan_evidence.c[name] for name in _NAMES),
    people.c.name,
    plan_evidence.c.given_by,
    plan_evidence.c.given_at,
)


def _enter(insert: InsertInto) -> Any:
    """Given again after it was withdrawn, the same proof stands again."""
    new = insert(plan_evidence)
    names = ("note", "link", "file_name", "file_type", "size", "content", "given_by", "given_at")
    values: dict[str, Any] = {name: new.excluded[name] for name in names}
    return new.on_conflict_do_update(
        index_elements=["task_id", "month", "digest"],
        set_={**values, "withdrawn_by": None, "withdrawn_at": None},
        where=plan_evidence.c.withdrawn_at.is_not(None),
    ).returning(plan_evidence.c.id)


_ENTER = PerDatabase(_enter)


def give(
    conn: Connection,
    task: PlanTask,
    month: Month,
    note: str,
    link: str,
    file: GivenFile | None,
    most_bytes: int,
    who: Person,
    now: datetime,
) -> bool:
    """Keep a piece of proof; False for the same one given before.

    A file comes first, then a link, then a note alone. PlanRefusedError says what is wrong; TooLongError.
    """
    if Month.of(now) < month:
        raise PlanRefusedError("plan_proof_month")
    words, address = whole_text(note, LONGEST_NOTE), whole_text(link, LONGEST_LINK)
    values: dict[str, Any] = {"note": words, "link": address or None}
    if file is not None and file.content:
        values |= _checked(file, most_bytes) | {"kind": EvidenceKind.FILE.value}
        made_of = file.content
    elif address:
        if urlsplit(address).scheme not in ("http", "https") or " " in address:
            raise PlanRefusedError("plan_proof_link")
        values["kind"], made_of = EvidenceKind.LINK.value, address.encode()
    else:
        if not is_sentence(words):
            raise PlanRefusedError("plan_proof_lacks")
        values["kind"], made_of = EvidenceKind.NOTE.value, words.encode()
    digest = hashlib.sha256(values["kind"].encode() + b"\n" + made_of).hexdigest()
    place = {"task_id": task.id, "month": str(month), "digest": digest}
    entered = conn.execute(
        _ENTER.on(conn), {**_NO_FILE, **values, **place, "given_by": who.id, "given_at": now}
    )
    given: int | None = entered.scalar()
    if given is not None:
        details = {"evidence": given, "month": str(month), "kind": values["kind"]}
        audit_log.write(conn, who, "give_plan_proof", f"plan_task:{task.id}", now, **details)
    return given is not None


_NO_FILE: dict[str, Any] = {"file_name": None, "file_type": None, "size": None, "content": None}


def _checked(file: GivenFile, most_bytes: int) -> dict[str, Any]:
    if len(file.content) > most_bytes:
        raise PlanRefusedError("plan_proof_large")
    kind = type_of(file.content)
    if kind is None:
        raise PlanRefusedError("plan_proof_type")
    return {
        "file_name": _name(file.name, ENDINGS[kind]),
        "file_type": kind,
        "size": len(file.content),
        "content": file.content,
    }


def type_of(content: bytes) -> str | None:
    """Return what a file is by what it holds, not by its name; None for what is not taken."""
    found = next((kind for head, kind in _PICTURES.items() if content.startswith(head)), None)
    if found is not None or not content.startswith(b"PK"):
        return found
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if any(name.endswith("vbaProject.bin") for name in names):
        return None
    return next((kind for part, kind in _PACKED.items() if part in names), None)


def _name(typed: str, ending: str) -> str:
    """A file's name without its folder and without signs a browser could misread, with its true ending."""
    stem = PureWindowsPath(plain_text(typed, 1000).replace("\n", " ")).name
    stem = stem[: -len(ending)] if stem.casefold().endswith(ending) else stem
    bare = "".join(sign for sign in stem if sign.isprintable() and sign not in '"<>|?*\\/:').strip(" .")
    return (bare or "tep")[: LONGEST_NAME - len(ending)] + ending


def withdraw(conn: Connection, evidence_id: int, task: PlanTask, who: Person, now: datetime) -> bool:
    """Take a piece of proof back: its giver, or who runs the plan; False where it is not theirs or gone."""
    table = plan_evidence.c
    here = (table.id == evidence_id, table.task_id == task.id, table.withdrawn_at.is_(None))
    theirs = () if may(who, Act.RUN_PLAN) else (table.given_by == who.id,)
    taken_back = update(plan_evidence).where(*here, *theirs)
    done = conn.execute(taken_back.values(withdrawn_by=who.id, withdrawn_at=now)).rowcount > 0
    if done:
        audit_log.write(conn, who, "withdraw_plan_proof", f"plan_task:{task.id}", now, evidence=evidence_id)
    return done


def of_tasks(conn: Connection, task_ids: Collection[int], first: Month | None, last: Month) -> list[Evidence]:
    """Return what stands for these tasks in the months from `first` (None: ever) to `last`, oldest first."""
    table = plan_evidence.c
    query = select(*_COLUMNS).join(people, people.c.id == table.given_by)
    query = query.where(table.task_id.in_(task_ids), table.withdrawn_at.is_(None), table.month <= str(last))
    if first is not None:
        query = query.where(table.month >= str(first))
    rows = conn.execute(query.order_by(table.month, table.id))
    return [_read(row) for row in rows]


def _read(row: Any) -> Evidence:
    kept = row._asdict()
    kept |= {"giver": kept.pop("name"), "kind": EvidenceKind(kept["kind"])}
    return Evidence(**kept)


def content(conn: Connection, evidence_id: int, task_id: int) -> tuple[bytes, str, str] | None:
    """Return a file's bytes, type and name, or None."""
    table = plan_evidence.c
    query = select(table.content, table.file_type, table.file_name)
    here = (table.id == evidence_id, table.task_id == task_id, table.withdrawn_at.is_(None))
    row = conn.execute(query.where(*here)).first()
    return None if row is None or row.content is None else (row.content, row.file_type, row.file_name)


def forget_old(conn: Connection, years: int, now: datetime) -> int:
    """Erase words, links and files of proof from months more than `years` ago; that there was proof stays."""
    today = local(now).date()
    last = Month(today.year - years, today.month)
    table = plan_evidence.c
    worded = or_(table.note != "", table.link.is_not(None), table.file_name.is_not(None))
    bare = {**_NO_FILE, "note": "", "link": None}
    gone = conn.execute(update(plan_evidence).where(table.month < str(last), worded).values(**bare)).rowcount
    if gone:
        rule = f"retention.plan_years = {years}"
        audit_log.write(conn, "retention", "erase_plan_proof", "plan", now, rule, pieces=gone)
    return gone
