"""The figures of one report, kept as JSON; page, .docx and .xlsx are made from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

TICKET, CALL, ESCALATION, OPENING, DOSSIER = "ticket", "call", "matter", "opening", "dossier"
SLIP, FORM, PRESENCE = "slip", "form", "presence"
NEWS, COUNT, LOOK, PUBLICITY, TASK = "news", "count", "look", "publicity", "task"
"""What a figure counts: tickets by code; days on duty as "2026-11-26:lan"; everything else by row number."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; `of` is what it is a part of, `cases` the codes or ids behind it, all or (sealed) none.

    `before` and `of_before` are the same figure of the period before, None when there was no such report.
    `label` is a name from the settings, empty where the program has its own words. `minutes` is the median
    of the minutes it took. Khiếu nại and tố cáo are counted without their cases (rules B1). `part` are those
    of the cases that `value` counts where it is a part of `of`; None elsewhere and in reports made before.
    """

    section: str
    key: str
    value: float | None
    of: int | None = None
    before: float | None = None
    of_before: int | None = None
    label: str = ""
    what: str = ""
    cases: tuple[str, ...] = ()
    target: int | None = None
    minutes: int | None = None
    part: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """Its name within the report, as in an address."""
        return f"{self.section}.{self.key}"

    @property
    def tenths(self) -> int | None:
        """The share in tenths of a percent, cut and never rounded up (000-04: 89.96 is not 90)."""
        return None if not self.of or self.value is None else int(self.value) * 1000 // self.of

    @property
    def tenths_before(self) -> int | None:
        """The share of the period before."""
        return (
            None if not self.of_before or self.before is None else int(self.before) * 1000 // self.of_before
        )


@dataclass(frozen=True, slots=True)
class LateCase:
    """A ticket whose answer was late or is late still, with its explanation (002-22); instants are aware.

    `days` are working days after the deadline. `sealed` ones stand in no document: conflict, khiếu nại, tố
    cáo.
    """

    code: str
    opened_at: datetime
    due_at: datetime
    answered_at: datetime | None
    days: int
    cause: str
    remedy: str
    sealed: bool
    owner: str = ""

    @property
    def explained(self) -> bool:
        """Whether owner, cause and remedy are all given (002-22)."""
        return bool(self.owner and self.cause and self.remedy)


@dataclass(frozen=True, slots=True)
class ReportedObstacle:
    """A difficulty as it stood at the period's end (001-18): open, or removed in the period, and how."""

    text: str
    owner: str
    raised_at: datetime
    resolved_at: datetime | None = None
    resolution: str = ""


@dataclass(frozen=True, slots=True)
class ReportedCheck:
    """A check of officials' work with the guidance given (004-15); `day` as people write it, 24/11/2026."""

    day: str
    checker: str
    unit: str
    content: str
    guidance: str


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands at the head and foot of the document, as the settings were when it was made (B3).

    `superior` stands above the agency where that is a part of it; `addressed` is who the document goes to.
    """

    agency: str
    place: str
    sign: str
    signed_for: str
    signer_title: str
    signer: str
    recipients: tuple[str, ...]
    basis: tuple[str, ...]
    superior: str = ""
    addressed: str = ""
    province: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """All of one report. `begins` and `ends` bound what was counted; `target` is in percent (000-04).

    `minimum` are the answers without which no verdict is given; 1 in reports made before it was kept.
    """

    kind: str
    period: str
    starts_on: date
    ends_on: date
    begins: datetime
    ends: datetime
    made_at: datetime
    target: int
    letterhead: Letterhead
    figures: tuple[Figure, ...]
    late: tuple[LateCase, ...] = field(default=())
    obstacles: tuple[ReportedObstacle, ...] = field(default=())
    minimum: int = 1
    checks: tuple[ReportedCheck, ...] = field(default=())

    def section(self, name: str) -> tuple[Figure, ...]:
        """The figures of one group, in order."""
        return tuple(figure for figure in self.figures if figure.section == name)

    def named(self, name: str) -> Figure | None:
        """The figure of that name, or None."""
        return next((figure for figure in self.figures if figure.name == name), None)


def to_json(figures: Figures) -> str:
    """Return the figures as they are kept; dates ISO 8601, instants in UTC."""
    return json.dumps(asdict(figures), ensure_ascii=False, separators=(",", ":"), default=_spelt)


def from_json(text: str) -> Figures:
    """Read figures as they were kept."""
    details: dict[str, Any] = json.loads(text)
    dates = {name: date.fromisoformat(details[name]) for name in ("starts_on", "ends_on")}
    instants = {name: datetime.fromisoformat(details[name]) for name in ("begins", "ends", "made_at")}
    head = details["letterhead"]
    lists = {name: tuple(head[name]) for name in ("recipients", "basis")}
    return Figures(
        **(
            details
            | dates
            | instants
            | {
                "letterhead": Letterhead(**(head | lists)),
                "figures": tuple(Figure(**(one | _cases(one))) for one in details["figures"]),
                "late": tuple(LateCase(**_instants(one, _LATE)) for one in details["late"]),
                "obstacles": tuple(
                    ReportedObstacle(**_instants(one, _REPORTED)) for one in details.get("obstacles", ())
                ),
                "checks": tuple(ReportedCheck(**one) for one in details.get("checks", ())),
            }
        )
    )


def _cases(details: Mapping[str, Any]) -> dict[str, Any]:
    part = details.get("part")
    return {"cases": tuple(details["cases"]), "part": None if part is None else tuple(part)}


_LATE, _REPORTED = ("opened_at", "due_at", "answered_at"), ("raised_at", "resolved_at")


def _instants(details: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return dict(details) | {
        name: datetime.fromisoformat(details[name]) if details[name] else None for name in names
    }


def _spelt(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
