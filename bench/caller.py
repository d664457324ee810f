"""Callers who telephone one after another over connections kept open, and note how long each answer took."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from bench.script import Script, Step

LONGEST_WAIT = 15.0
FORM = "application/x-www-form-urlencoded"


@dataclass
class Load:
    """What some callers met: answer times in seconds, complete calls, and errors by what went wrong."""

    waits: list[float] = field(default_factory=list)
    calls: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    own_cpu: float = 0.0

    def add(self, other: Self) -> None:
        """Put another caller's experience to this one's."""
        self.waits += other.waits
        self.calls += other.calls
        self.errors += other.errors


class Caller:
    """One caller with one connection; a call that goes wrong is given up and counted."""

    def __init__(self, script: Script) -> None:
        self._script = script
        address = urlsplit(script.public_url)
        self._connection = http.client.HTTPConnection(
            str(address.hostname), address.port, timeout=LONGEST_WAIT
        )
        self.load = Load()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def telephone(self, number: int) -> None:
        """Make the call of this number from beginning to end."""
        for step in self._script.call(number):
            begun = time.perf_counter()
            problem = self.ask(step)
            self.load.waits.append(time.perf_counter() - begun)
            if problem:
                self.load.errors[problem] += 1
                return
        self.load.calls += 1

    def ask(self, step: Step) -> str:
        """Make one request; what was wrong with its answer, or nothing."""
        headers = {"Content-Type": FORM, "X-Twilio-Signature": step.signature}
        try:
            self._connection.request("POST", step.path, step.body, headers)
            answer = self._connection.getresponse()
            document = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return f"{step.path}: {type(error).__name__}"
        if answer.status != step.status:
            return f"{step.path}: status {answer.status} instead of {step.status}"
        if step.contains.encode() not in document:
            return f"{step.path}: no {step.contains} in the answer"
        return ""


def telephone_for(script: Script, callers: int, seconds: float) -> Load:
    """Let `callers` telephone side by side, each beginning no call after `seconds`."""
    loads: list[Load] = []
    ends = time.perf_counter() + seconds

    def live(first: int) -> None:
        with Caller(script) as caller:
            number = first
            while time.perf_counter() < ends:
                caller.telephone(number)
                number += 1
            loads.append(caller.load)

    threads = [threading.Thread(target=live, args=(first,)) for first in range(callers)]
    begun, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Load(seconds=time.perf_counter() - begun, own_cpu=time.process_time() - cpu)
    for load in loads:
        total.add(load)
    return total
