"""The line of a telephone in the browser, and the one that rings other tabs when a clerk is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ivr.phone.line import (
    AwaitKey,
    CallerHungUpError,
    Join,
    LegEnd,
    Passed,
    PhoneLine,
    PlaySound,
    ReadAloud,
    Recorded,
    RingOut,
    TakeRecording,
    TurnAway,
    Wish,
)
from ivr.softphone.shelf import Shelf
from ivr.softphone.softphone import TO_BEGIN, Softphone
from ivr.softphone.spoken import SpokenFolder
from ivr.softphone.taking import Taking
from ivr.softphone.talking import talk
from logbook.clock import Clock

BEEP_SECONDS = 0.5
LOOK = 0.2
"""How often it is looked whether another tab answered, in seconds."""
PATIENCE = 90.0
"""So long a recording without any sound waits: somebody is asked by the browser for the microphone."""
AtNumber = Callable[[str], "Softphone | None"]


@dataclass
class BrowserLine(PhoneLine):
    """The call at telephone `mine`.

    `at` finds the telephone in another tab that has a number, `shown` writes a number as people do.
    """

    mine: Softphone
    shelf: Shelf
    at: AtNumber
    shown: Callable[[str], str]
    spoken: SpokenFolder
    theirs: Softphone | None = None

    def answer(self) -> None:
        """Show that the hotline picked up."""
        self.mine.emit("answered")

    def speak(self, wish: ReadAloud) -> Passed:
        """Have a sentence spoken."""
        self.let_go_of_them()
        return self._speak(self.mine, wish)

    def _speak(self, at: Softphone, wish: ReadAloud) -> Passed:
        sound = self.shelf.spoken(wish.text, wish.language)
        return at.say(wish.text, stops=wish.interruptible, language=wish.language, sound=sound)

    def play(self, wish: PlaySound) -> Passed:
        """Have a sound played; one that is a recorded sentence of ours is shown as it is heard."""
        self.let_go_of_them()
        name, longest = self.shelf.keep(wish.sound), wish.seconds + TO_BEGIN
        text = self.shelf.text_of(wish.url)
        if text is None:
            return self.mine.utter("play", longest=longest, stops=wish.interruptible, sound=name)
        return self.mine.utter(
            "say", longest=longest, stops=wish.interruptible, text=text, sound=name, recorded=True
        )

    def await_key(self, wish: AwaitKey) -> Passed:
        """Wait for a key."""
        return _key(self.mine, wish)

    def record(self, wish: TakeRecording) -> Recorded:
        """Beep, then take what the microphone hears."""
        beep = 0.0
        if wish.beep:
            beep = self.mine.utter("beep", longest=BEEP_SECONDS + TO_BEGIN, stops=False).seconds
        self.mine.forget_keys()
        on_disk, key = self.spoken.begin(self.mine.call_sid), ""
        taking = Taking(wish.longest, Clock().monotonic, on_disk.put)

        def over() -> bool:
            nonlocal key
            while not key and (pressed := self.mine.next_key()):
                key = pressed if pressed in wish.finish_on_key else ""
            return bool(key) or taking.full or taking.silent_for >= wish.silence

        passed = 0.0
        try:
            with self.mine.hearing(taking.take) as take:
                self.mine.emit("record", take=take, longest=wish.longest, silence=wish.silence)
                passed = self.mine.wait(lambda: over() or taking.seconds > 0, PATIENCE)
                if taking.seconds and not over():
                    passed += self.mine.wait(over, wish.longest + TO_BEGIN)
        except CallerHungUpError as gone:
            raise CallerHungUpError(beep + passed + gone.seconds, taking.wave()) from gone
        finally:
            on_disk.close()
        self.mine.emit("recorded", seconds=taking.seconds)
        return Recorded(taking.wave(), beep + passed, key)

    def ring_out(self, wish: RingOut) -> LegEnd:
        """Ring the tab that has the number; without one it rings and nobody answers."""
        number = wish.parties[0].address
        other = self.at(number)
        self.mine.emit("rings_out", number=self.shown(number), reachable=other is not None)
        if other is None:
            return LegEnd("no-answer", self.mine.wait(lambda: False, wish.ring_seconds))
        leg = self._ring(other, wish)
        if leg.status != "completed" or wish.asked:
            self.mine.emit("leg", status=leg.status)
        return leg

    def _ring(self, other: Softphone, wish: RingOut) -> LegEnd:
        if not other.claim():
            return LegEnd("busy", 1.0)
        self.theirs = other
        other.emit("rings", caller=self.shown(wish.caller_id or self.mine.number), seconds=wish.ring_seconds)
        try:
            rang = self.mine.wait(lambda: other.answer is not None, wish.ring_seconds, LOOK)
        except CallerHungUpError as gone:
            self.let_go_of_them("missed")
            return LegEnd("canceled", gone.seconds, by_caller=True)
        if other.answer != "answered":
            self.let_go_of_them("missed")
            return LegEnd("busy" if other.answer == "refused" else "no-answer", rang)
        other.emit("answered")
        if wish.asked:
            return LegEnd("completed", rang)
        return replace(self.join(Join(wish.talk_seconds, wish.record)), rang=rang)

    def at_their_end(self, wish: Wish) -> Passed:
        """Speak to whoever picked up, or take a key of theirs; they may hang up."""
        other = self.theirs
        if other is None:
            return Passed()
        try:
            match wish:
                case ReadAloud():
                    return self._speak(other, wish)
                case AwaitKey():
                    return _key(other, wish)
                case _:
                    return Passed()
        except CallerHungUpError as gone:
            return Passed(gone.seconds)

    def join(self, wish: Join) -> LegEnd:
        """Let the two talk: each hears the other's microphone."""
        other = self.theirs
        if other is None:
            return LegEnd("failed")
        leg = talk(self.mine, other, wish.talk_seconds)
        self.let_go_of_them()
        self.mine.emit("leg", status=leg.status, seconds=leg.talked)
        return leg

    def let_go_of_them(self, how: str = "completed") -> None:
        """Whoever was rung is free again: they hung up, were joined, or pressed no key."""
        if self.theirs is not None:
            self.theirs.emit("ended", by="other", how=how)
            self.theirs.free()
            self.theirs = None

    def forget_keys(self) -> None:
        """Drop the keys that wait."""
        self.mine.forget_keys()

    def hang_up(self) -> None:
        """Let everybody go; the end is shown by whoever runs the call."""
        self.let_go_of_them()

    def turn_away(self, wish: TurnAway) -> None:
        """Show that the hotline refused the call."""
        self.mine.emit("refused", reason=wish.reason)


class CalledLine(BrowserLine):
    """The line of somebody who was called and has picked up already."""

    picked_up = False

    def ring_out(self, wish: RingOut) -> LegEnd:
        """First it is this telephone that is reached; later somebody else may be rung."""
        if self.picked_up:
            return super().ring_out(wish)
        self.picked_up = True
        self.mine.emit("answered")
        return LegEnd("completed", 1.0)


def _key(at: Softphone, wish: AwaitKey) -> Passed:
    if not wish.so_far:
        at.emit("waits", seconds=wish.seconds, ends_with=wish.finish_on_key)
    return at.await_key(wish.seconds)
