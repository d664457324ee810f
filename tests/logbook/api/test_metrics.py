"""`/metrics` is what Prometheus reads: figures of the office's work, nobody's data."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from logbook.api.metrics import Metric, written
from logbook.clock import Clock
from logbook.database import heartbeats
from logbook.database.shared_clock import shared_now
from logbook.installation import Installation
from logbook.offices.environment import code_of
from logbook.outbox import deliveries
from logbook.settings.loading import load_settings
from tests import frozen
from tests.logbook.api.conftest import ADDRESS, NAME, NUMBER, TOLD, Asks

LINE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"\n]*"\})? [0-9.e+-]+')


@pytest.mark.row("F-24")
def test_the_figures_are_those_of_the_office_and_name_nobody(world: Installation, asks: Asks) -> None:
    with world.database.writing() as conn:
        heartbeats.beat(conn, "deliveries", shared_now(conn, Clock()) - timedelta(seconds=40))
        conn.exec_driver_sql(
            "UPDATE tickets SET answer_due_at = opened_at WHERE code IN ('000001', '000006')"
        )
        late = world.clock.now() - timedelta(minutes=5)
        deliveries.put(conn, key="k", kind="accepted", recipient="citizen", now=late, number=NUMBER)
    answer = asks("metrics").get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    found = dict(line.rsplit(" ", 1) for line in lines)
    assert found["tongdai_tickets_overdue"] == "1"
    assert found['tongdai_tickets_open{state="classified"}'] == "4"
    assert found['tongdai_outbox_waiting{state="due"}'] == "1"
    assert 290 < float(found["tongdai_outbox_oldest_seconds"]) < 310
    assert 39 <= float(found['tongdai_job_age_seconds{job="deliveries"}']) < 100
    assert found['tongdai_calls_total{outcome="none"}'] == "9"
    assert found["tongdai_scheduler_alive"] == "0"
    assert not any(word in answer.text for word in (NUMBER, NAME, ADDRESS, TOLD, "000001", "guided"))


def test_labels_are_written_so_that_none_breaks_its_line() -> None:
    metric = Metric("m", "gauge", "about", (({"job": 'a"b\\c\nd'}, 1.0),))
    assert written([metric]) == '# HELP m about\n# TYPE m gauge\nm{job="a\\"b\\\\c\\nd"} 1\n'


def test_every_figure_of_an_office_of_an_installation_bears_its_code(tmp_path: Path) -> None:
    settings = load_settings(frozen.OFFICE)
    file = tmp_path / "offices" / "22504" / "config.yaml"
    assert (code_of(settings), code_of(replace(settings, config_file=file))) == (None, "22504")
    text = written([Metric("m", "gauge", "About", (({}, 1), ({"state": "due"}, 2)))], "22504")
    assert text.splitlines()[2:] == ['m{office="22504"} 1', 'm{office="22504",state="due"} 2']
