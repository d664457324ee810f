"""What a tab with the telephone does, without a browser: it plays at once, presses and speaks over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any, Self
from urllib.parse import urlencode

import requests

from ivr.phone import sound
from ivr.softphone.door import HEADER
from tests.suite.waiting import PATIENCE

Event = dict[str, Any]
PIECE = 3200


class Tab:
    """One telephone at `address`, with the number as people write it."""

    def __init__(self, address: str, number: str = "0912.345.678") -> None:
        self.address, self.seen = address, list[Event]()
        self._web = requests.Session()
        self._web.trust_env = False
        found = re.search(r'data-seal="([^"]+)"', self._web.get(f"{address}/phone", timeout=PATIENCE).text)
        assert found, "no telephone there"
        self._headers = {HEADER: found[1]}
        answer = self._web.post(
            f"{address}/phone/line", json={"number": number}, headers=self._headers, timeout=PATIENCE
        )
        assert answer.ok, answer.text
        self.key: str = answer.json()["key"]
        self._used = 0
        self._changed = Condition()
        self._closed = False
        self._listening = Thread(target=self._listen, daemon=True)
        self._listening.start()

    def act(self, what: str, **body: str | int) -> requests.Response:
        """Send what the person did."""
        place = f"{self.address}/phone/line/{self.key}/{what}"
        return requests.post(place, json=dict(body), headers=self._headers, timeout=PATIENCE)

    def call(self, when: str = "now") -> Self:
        """Press the green key."""
        answer = self.act("call", when=when)
        assert answer.status_code == 204, answer.text
        return self

    def press(self, key: str) -> Self:
        """Press a key at the next question."""
        self.next("waits")
        assert self.act("press", key=key).status_code == 204
        return self

    def speak(self, wave: bytes) -> Self:
        """Speak into the next recording, and end it with a key."""
        self.next("record")
        samples = sound.read(wave).samples.tobytes()
        for start in range(0, len(samples), PIECE):
            self.voice(samples[start : start + PIECE])
        self.act("press", key="#")
        return self

    def voice(self, samples: bytes, **where: int | str) -> None:
        """Send what the microphone hears, where it says with the recording and the place in it."""
        place = f"{self.address}/phone/line/{self.key}/voice?{urlencode(where)}"
        answer = requests.post(place, data=samples, headers=self._headers, timeout=PATIENCE)
        assert answer.status_code == 204, answer.text

    def sound(self, name: str) -> requests.Response:
        """Fetch a sound."""
        return requests.get(f"{self.address}/phone/line/{self.key}/sound/{name}", timeout=PATIENCE)

    def next(self, kind: str, fits: Callable[[Event], bool] = lambda _: True) -> Event:
        """The next event of a kind that was not waited for yet."""

        def found() -> Event | None:
            for index, event in enumerate(self.seen[self._used :], self._used):
                if event["kind"] == kind and fits(event):
                    self._used = index + 1
                    return event
            return None

        with self._changed:
            event: Event | None = self._changed.wait_for(found, PATIENCE)
        assert event, f"no {kind}: {[event['kind'] for event in self.seen]}"
        return event

    def said(self) -> list[str]:
        """Every sentence so far."""
        return [event["text"] for event in self.seen if event["kind"] == "say"]

    def close(self) -> None:
        """The tab is closed."""
        if not self._closed:
            self._closed = True
            self.act("close")
            self._listening.join(PATIENCE)

    def _listen(self) -> None:
        after = 0
        while not self._closed:
            place = f"{self.address}/phone/line/{self.key}/events?after={after}"
            try:
                answer = requests.get(place, timeout=PATIENCE)
            except requests.ConnectionError:
                return  # the program was killed
            if answer.status_code != 200:
                return
            for event in answer.json()["events"]:
                after = event["n"]
                with self._changed:
                    self.seen.append(event)
                    self._changed.notify_all()
                if event["kind"] in ("say", "play", "beep") and not self._closed:
                    self.act("done", id=event["id"])
