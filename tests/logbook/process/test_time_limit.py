"""Every act towards the outside ends by its total deadline, whatever the peer does."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import datetime
from typing import Any

import pytest

from logbook.outbox.deliveries import Delivery
from logbook.process import time_limit
from logbook.provider import ProviderError, Telephone
from logbook.recordings.at_provider import RecordingsAtProvider
from logbook.recordings.fetch import GRACE, FetchError, RecordingFetcher
from logbook.sending.messages import Message
from scheduler.channels import ChannelError, Parcel
from scheduler.channels.address import Addresses
from tests.dripping import WAYS, dripping
from tests.suite.waiting import PATIENCE, until

SID = "RE" + "a" * 32
TOTAL = 0.6
LATE = 10 * PATIENCE
"""Far beyond any deadline here; each read of a dripping peer is in time for ever."""


def gone_by_then() -> bool:
    return until(lambda: time_limit.abandoned() == 0)


@pytest.mark.row("S4")
def test_an_act_returns_what_came_of_it_or_is_left_behind_and_counted_until_it_ends() -> None:
    release = threading.Event()
    assert time_limit.within(PATIENCE, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        time_limit.within(PATIENCE, lambda: 1 // 0)
    before = time_limit.abandoned()
    with pytest.raises(time_limit.TookTooLongError):
        time_limit.within(0.01, lambda: release.wait(PATIENCE))
    assert time_limit.abandoned() == before + 1
    release.set()
    assert gone_by_then()


def parcel(to: str, now: datetime) -> Parcel:
    known: dict[str, Any] = dict.fromkeys(field.name for field in fields(Delivery))
    row = Delivery(
        **{**known, "id": 1, "kind": "new", "recipient": "chu-tich", "channel": "zalo", "made_at": now}
    )
    return Parcel(row, Message("Tổng đài", "Có phản ánh mới"), to)


def acts(port: int, now: datetime) -> dict[str, Callable[[], object]]:
    url = f"http://127.0.0.1:{port}"
    telephone = Telephone(url, "AC1", "token", timeout=LATE, total=TOTAL)
    fetcher = RecordingFetcher(url, "AC1", "token", 100_000, TOTAL)
    addresses = Addresses(connect=LATE, read=LATE, total=TOTAL)
    ring = {"to": "+84912345678", "caller_id": "+842583842102", "answer_url": url, "status_url": url}
    return {
        "ring": lambda: telephone.ring(**ring, seconds=20),
        "text": lambda: telephone.text(to="+84912345678", sender="UBND", body="x"),
        "state": lambda: telephone.state("CA1"),
        "leg": lambda: telephone.leg("CA1"),
        "calls placed": lambda: telephone.rung(to="+84912345678", caller_id="+842583842102", since=now),
        "texts sent": lambda: telephone.texted(to="+84912345678", body="x", since=now),
        "recordings held": lambda: RecordingsAtProvider(url, "AC1", "token", total=TOTAL).since(now),
        "fetch": lambda: fetcher.fetch(SID),
        "delete": lambda: fetcher.delete(SID),
        "chat": lambda: addresses.send(parcel(f"json://127.0.0.1:{port}/", now)),
        "mail": lambda: addresses.send(parcel(f"mailto://127.0.0.1:{port}/?to=a@b.vn&from=c@d.vn", now)),
    }


@pytest.mark.row("S4")
@pytest.mark.row("F-27")
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
@pytest.mark.parametrize("way", WAYS)
def test_a_peer_that_is_never_done_keeps_no_act_beyond_its_deadline_and_nobody_thinks_it_came_to_nothing(
    way: str, now: datetime
) -> None:
    def took(act: Callable[[], object]) -> tuple[float, bool]:
        begun = time.monotonic()
        try:
            act()
        except ProviderError as error:
            doubtful = not error.permanent and not error.later
        except FetchError as error:
            doubtful = not error.permanent
        except ChannelError as error:
            doubtful = error.fate == "unclear"
        else:
            doubtful = True  # a deletion that was answered with 200 before its body dripped
        return time.monotonic() - begun, doubtful

    with dripping(way) as port, ThreadPoolExecutor(16) as threads:
        started = {name: threads.submit(took, act) for name, act in acts(port, now).items()}
        outcomes = {name: each.result() for name, each in started.items()}
    late = {
        name: seconds for name, (seconds, _) in outcomes.items() if seconds > TOTAL + GRACE + PATIENCE / 2
    }
    clear = {name for name, (_, doubtful) in outcomes.items() if not doubtful}
    assert (late, clear - {"mail"}) == ({}, set())  # what greets like no mail server took no mail
    assert gone_by_then()
