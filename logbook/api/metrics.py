"""`/metrics`: operating figures in the text format of Prometheus; nobody's data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Response
from sqlalchemy import Connection, func, select

from logbook.accounts.api_clients import ApiRight
from logbook.api.frame import ApiFrame
from logbook.clock import Clock
from logbook.database import heartbeats, leases
from logbook.database.shared_clock import shared_now
from logbook.database.tables import calls, deliveries, recordings, tickets, webhook_deliveries
from logbook.offices.environment import code_of
from logbook.process import disk
from logbook.search import counts
from logbook.sending import lateness
from logbook.tickets.visibility import visible_outside

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[dict[str, str], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure with its samples; `kind` is gauge or counter."""

    name: str
    kind: str
    help: str
    samples: tuple[Sample, ...]


def add(api: ApiFrame) -> None:
    """The figures, counted when they are asked for."""
    begun = Clock().now().timestamp()

    @api.route("/metrics", ApiRight.METRICS, below="")
    def metrics() -> Response:
        with api.reading() as conn:
            found = [*_scheduler(conn), *_queues(conn, api.now), *_cases(conn, api.now)]
        found.append(gauge("disk_free_megabytes", "Free space", disk.free_mb(api.settings.data_folder)))
        found.append(gauge("process_start_time_seconds", "When the pages' process began (Unix time)", begun))
        answer = Response(written(found, code_of(api.settings)), content_type=MEDIA_TYPE)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def gauge(name: str, about: str, value: float) -> Metric:
    """Return a figure of one sample."""
    return Metric(f"tongdai_{name}", "gauge", about, (({}, value),))


def written(metrics: Iterable[Metric], office: str | None = None) -> str:
    """Return metrics as Prometheus reads them (exposition format 0.0.4), with a label for the office."""
    own, lines = {} if office is None else {"office": office}, []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
        for labels, value in metric.samples:
            named = ",".join(f'{name}="{_escaped(text)}"' for name, text in (own | labels).items())
            lines.append(f"{metric.name}{'{' + named + '}' if named else ''} {value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _scheduler(conn: Connection) -> Iterator[Metric]:
    real = shared_now(conn, Clock())
    held = leases.holder(conn, "scheduler")
    yield gauge("scheduler_alive", "1 while a scheduler holds the lease", held is not None and held[1] > real)
    beats = heartbeats.all_of(conn).values()
    ages = tuple(({"job": beat.name}, max(0.0, (real - beat.at).total_seconds())) for beat in beats)
    yield Metric("tongdai_job_age_seconds", "gauge", "Seconds since each job last ran to its end", ages)


def _queues(conn: Connection, now: datetime) -> Iterator[Metric]:
    waiting = deliveries.c.state.in_(("due", "sending", "unsure"))
    by_state = select(deliveries.c.state, func.count()).where(waiting).group_by(deliveries.c.state)
    states = tuple(({"state": state}, float(many)) for state, many in conn.execute(by_state))
    yield Metric("tongdai_outbox_waiting", "gauge", "Deliveries not ended, by state", states)
    oldest = lateness.oldest_unsent(conn)
    yield gauge("outbox_oldest_seconds", "Seconds the oldest delivery has waited", _age(oldest, now))
    due = webhook_deliveries.c.state == "due"
    many, first = conn.execute(select(func.count(), func.min(webhook_deliveries.c.made_at)).where(due)).one()
    yield gauge("webhooks_waiting", "Webhook messages that did not arrive yet", many)
    yield gauge("webhooks_oldest_seconds", "Age of the oldest of them in seconds", _age(first, now))
    pending = select(func.count()).where(recordings.c.state == "pending")
    yield gauge("recordings_pending", "Recordings still to be fetched", conn.execute(pending).scalar_one())


def _cases(conn: Connection, now: datetime) -> Iterator[Metric]:
    """Cases other systems may know of; a khiếu nại or tố cáo is in no figure (rules B1)."""
    by_state = (
        select(tickets.c.state, func.count()).where(counts.OPEN, visible_outside()).group_by(tickets.c.state)
    )
    states = tuple(({"state": state}, float(many)) for state, many in conn.execute(by_state))
    yield Metric("tongdai_tickets_open", "gauge", "Open tickets, by state", states)
    overdue = select(func.count()).where(counts.is_overdue(now), visible_outside())
    yield gauge("tickets_overdue", "Tickets whose answer is overdue", conn.execute(overdue).scalar_one())
    by_outcome = select(calls.c.outcome, func.count()).where(calls.c.ended_at.is_not(None))
    outcomes = conn.execute(by_outcome.group_by(calls.c.outcome))
    ended = tuple(({"outcome": outcome or "none"}, float(many)) for outcome, many in outcomes)
    yield Metric("tongdai_calls_total", "counter", "Calls that ended, by outcome", ended)
    open_calls = select(func.count()).where(calls.c.ended_at.is_(None))
    yield gauge("calls_open", "Calls that are going on", conn.execute(open_calls).scalar_one())


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())
