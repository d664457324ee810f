"""Lists what people entered by hand behind a figure: news, counts, looks, publicity (ASK-30)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from logbook.accounts.rights import Act, Person, may
from logbook.clock import local
from logbook.plan import checklists, counters, news, plans
from logbook.publications import publicity
from logbook.reports.figures import COUNT, LOOK, NEWS, PUBLICITY, TASK
from logbook.settings.loading import Settings


@dataclass(frozen=True, slots=True)
class EntryCase:
    """One entry: its day, what it says, a text key of its state (or empty), who, and where it stands.

    `named` are keys of the settings whose names stand before the text, as `names_of` knows them. `where` is a
    page of the console with `key` as its argument, or empty for an address outside, which then is `key`.
    """

    id: int
    on: date
    text: str
    state: str
    who: str
    where: str
    key: str
    named: tuple[str, ...] = ()


def _news(conn: Connection, ids: Iterable[int]) -> list[EntryCase]:
    return [
        EntryCase(one.id, one.published_on, one.title, f"news_kind_{one.kind}", one.author, "", one.link)
        for one in news.news_of(conn, ids)
    ]


def _counts(conn: Connection, ids: Iterable[int]) -> list[EntryCase]:
    return [
        EntryCase(
            one.id,
            local(one.at).date(),
            f"{one.month}: {one.value}",
            "",
            one.by,
            "counters_page",
            one.month,
            (f"service.{one.service}",),
        )
        for one in counters.counts_of(conn, ids)
    ]


def _looks(conn: Connection, ids: Iterable[int]) -> list[EntryCase]:
    return [
        EntryCase(
            one.id,
            local(one.at).date(),
            one.note,
            f"checklist_state_{one.state}",
            one.by,
            "checklist",
            key,
            (key, f"{key}.item.{one.item}", f"{key}.place.{one.place}"),
        )
        for key, one in checklists.looks_of(conn, ids)
    ]


def _told(conn: Connection, ids: Iterable[int]) -> list[EntryCase]:
    return [
        EntryCase(
            one.id, one.held_on, one.audience, "", one.who, "publicity_page", "", (f"channel.{one.channel}",)
        )
        for one in publicity.of(conn, ids)
    ]


def _tasks(conn: Connection, ids: Iterable[int]) -> list[EntryCase]:
    found = filter(None, (plans.task(conn, one) for one in ids))
    return [
        EntryCase(
            one.id,
            local(one.made_at).date(),
            f"{one.group_number}.{one.number}. {one.content}",
            "",
            one.responsible,
            "plan_task",
            str(one.id),
        )
        for one in found
    ]


ENTRIES: Mapping[str, tuple[Act, Callable[[Connection, Iterable[int]], list[EntryCase]]]] = {
    NEWS: (Act.SEE_LISTS, _news),
    COUNT: (Act.SEE_LISTS, _counts),
    LOOK: (Act.SEE_LISTS, _looks),
    PUBLICITY: (Act.SEE_PUBLICITY, _told),
    TASK: (Act.SEE_PLAN, _tasks),
}
"""What a figure counts, who may see it, and how it is listed."""


def entries_of(conn: Connection, what: str, ids: Iterable[str], person: Person) -> list[EntryCase]:
    """Return these entries where `person` may see their kind."""
    act, listed = ENTRIES[what]
    return listed(conn, [int(one) for one in ids]) if may(person, act) else []


def names_of(settings: Settings) -> dict[str, str]:
    """Return the names of everything the settings list, by the keys of `EntryCase.named`."""
    names = {f"channel.{one.key}": one.name for one in settings.publications.channels}
    names |= {f"service.{one.key}": one.name for one in settings.counters.services}
    for part in settings.checklists:
        names[part.key] = part.name
        names |= {f"{part.key}.item.{one.key}": one.name for one in checklists.items_of(part, settings)}
        names |= {f"{part.key}.place.{one.key}": one.name for one in part.places}
    return names
