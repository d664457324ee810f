"""Thousands of guesses at ticket codes, from four sides at once, cost no more than the rate limits (T-12)."""

import random
import threading
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from callflows.vocabulary import Answer, CaseFound, CaseUnknown, CheckCase, TooManyGuesses
from ivr.line.hotline import Hotline
from ivr.line.lookups import Lookups
from logbook.calls import calls
from logbook.calls.calls import Call
from logbook.database.engine import Database
from logbook.ids import CallId
from logbook.tickets import tickets
from tests.caller import CALLED
from tests.journeys.faults.storm import KNOWN, open_line, second_line

WORKERS, TRIES = 4, 3
GUESSES = {"postgresql": 10_000, "sqlite": 3_000}
NUMBERS = [None, None, *(f"+8490000{number:04d}" for number in range(400))]


@dataclass
class Guesser:
    """One process of guessers, with a database connection of its own; each call tries a few codes."""

    hotline: Hotline
    seed: int
    answers: Counter[str] = field(default_factory=Counter)
    by_call: Counter[int] = field(default_factory=Counter)
    by_number: Counter[str | None] = field(default_factory=Counter)
    trouble: Exception | None = None

    def run(self, guesses: int) -> None:
        chance = random.Random(self.seed)
        try:
            for number in range(guesses // TRIES + 1):
                self._call(f"CA{self.seed:04d}{number:028d}", chance)
        except Exception as trouble:
            self.trouble = trouble

    def _call(self, sid: str, chance: random.Random) -> None:
        with self.hotline.database.writing() as conn:
            call = telephone(self.hotline, conn, sid, chance.choice(NUMBERS))
            for _ in range(TRIES):
                question = CheckCase(f"{chance.randrange(10**6):06d}", f"{chance.randrange(10**4):04d}")
                answer = Lookups(self.hotline, conn, call, self.hotline.clock.now())(question)
                self.answers[type(answer).__name__] += 1
                if isinstance(answer, CaseUnknown):
                    self.by_call[call.id] += 1
                    self.by_number[call.caller_number] += 1


def telephone(hotline: Hotline, conn: object, sid: str, number: str | None) -> Call:
    return calls.begin(
        conn,  # type: ignore[arg-type]
        sid=sid,
        direction="inbound",
        caller_raw=number or "anonymous",
        caller_number=number,
        called=CALLED,
        language="vi",
        place="",
        time_shift=0,
        now=hotline.clock.now(),
    )


def asked(hotline: Hotline, sid: str, number: str | None, code: str, proof: str) -> Answer:
    with hotline.database.writing() as conn:
        call = telephone(hotline, conn, sid, number)
        return Lookups(hotline, conn, call, hotline.clock.now())(CheckCase(code, proof))


@pytest.mark.row("T-12")
@pytest.mark.proof
def test_thousands_of_guesses_cost_no_more_than_the_budgets_and_harm_no_true_owner(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    line = open_line(database, tmp_path)
    caller = line.caller().press("2").press("1").press("1").speak(9, "hang-up")
    with database.reading() as conn:
        call = calls.recent(conn, 1)[0]
        ticket = tickets.of_call(conn, CallId(call.id))[0]
    assert caller.ended
    guesses = GUESSES["sqlite" if database.is_sqlite else "postgresql"]
    guessers = []
    for seed in range(WORKERS):
        another = second_line(Database(database_url), tmp_path).hotline
        guessers.append(Guesser(replace(another, clock=line.hotline.clock), seed))
    threads = [threading.Thread(target=guesser.run, args=(guesses // WORKERS,)) for guesser in guessers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for guesser in guessers:
        with closing(guesser.hotline.database):
            assert guesser.trouble is None, guesser.trouble
    limits = line.hotline.settings.rate_limits
    answers: Counter[str] = sum((guesser.answers for guesser in guessers), Counter())
    by_number: Counter[str | None] = sum((guesser.by_number for guesser in guessers), Counter())
    by_call: Counter[int] = sum((guesser.by_call for guesser in guessers), Counter())
    assert answers.total() >= guesses
    assert answers["CaseFound"] == 0
    assert 0 < answers["CaseUnknown"] <= limits.status_failures_total_per_hour
    assert by_number.pop(None, 0) <= limits.status_failures_hidden_per_day
    assert max(by_number.values(), default=0) <= limits.status_failures_per_number_per_day
    assert max(by_call.values()) <= limits.status_tries_per_call
    own = asked(line.hotline, "CA" + "e" * 32, KNOWN, ticket.code, KNOWN[-4:])
    assert isinstance(own, CaseFound)
    stranger = asked(line.hotline, "CA" + "f" * 32, "+84987654321", ticket.code, KNOWN[-4:])
    assert isinstance(stranger, TooManyGuesses)
