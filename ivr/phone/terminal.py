"""A telephone in a terminal: prints what the hotline says and takes keys from a list or the keyboard."""

import re
from collections.abc import Callable, Mapping, Sequence

from ivr.phone.line import (
    AwaitKey,
    CallerHungUpError,
    Join,
    LegEnd,
    Passed,
    PlaySound,
    ReadAloud,
    Recorded,
    RingOut,
    TakeRecording,
    TurnAway,
    Wish,
)
from ivr.phone.scripted import Action, ClerkAction, GoAway, PressAt, ScriptedLine, StaySilent, Talk

Write = Callable[[str], None]
ReadLine = Callable[[], str | None]
"""Reads one line from the keyboard, without its end; None when there is no more."""

KEYS = re.compile(r"[0-9*#]{1,32}", re.ASCII)


def action_for(typed: str) -> Action | None:
    """Read what a person typed: keys, nothing or "s" for silence, "x" to hang up; None when unreadable."""
    text = typed.strip().lower()
    if text in {"", "s"}:
        return StaySilent()
    if text == "x":
        return GoAway()
    return PressAt(text) if KEYS.fullmatch(text) else None


class TerminalLine(ScriptedLine):
    """Writes the call down as it goes.

    With `keys` each item is used at one prompt that waits, and afterwards the caller is silent until the
    hotline ends the call. Without them each prompt reads a line from `read_line`. `leave_after` prompts the
    caller hangs up at whatever comes next. `labels` are the words to show, by name.
    """

    def __init__(
        self,
        write: Write,
        labels: Mapping[str, str],
        *,
        keys: Sequence[Action] | None = None,
        read_line: ReadLine | None = None,
        voice: Talk | None = None,
        clerk: ClerkAction | None = None,
        leave_after: int | None = None,
        gone: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare the telephone; nothing is written yet. Once `gone()`, whoever sits at it hangs up."""
        super().__init__(
            *(keys or ()), patience=float("inf"), voice=voice or Talk(0.0, "silence"), clerk=clerk
        )
        self._write = write
        self._labels = labels
        self._read_line = read_line if keys is None else None
        self._leave_after = leave_after
        self._gone = gone
        self._waited = 0

    def answer(self) -> None:
        """Show that the hotline picked up."""
        super().answer()
        self._show("answered")

    def speak(self, wish: ReadAloud) -> Passed:
        """Show a sentence."""
        self._perhaps_leave()
        self._show("said", text=wish.text)
        return super().speak(wish)

    def play(self, wish: PlaySound) -> Passed:
        """Show that a sound is played."""
        self._perhaps_leave()
        self._show("played", url=wish.url, seconds=f"{wish.seconds:.0f}")
        return super().play(wish)

    def await_key(self, wish: AwaitKey) -> Passed:
        """Show what was pressed, once for all keys of a prompt."""
        if not wish.so_far:
            self._perhaps_leave()
            self._waited += 1
        return super().await_key(wish)

    def next_action(self) -> Action | None:
        """Take the next item, or ask at the keyboard; show what it is."""
        action = self._ask() if self._read_line else super().next_action()
        match action:
            case PressAt(keys=keys):
                self._show("pressed", keys=keys)
            case GoAway():
                self._show("left")
            case _:
                self._show("silent")
        return action

    def record(self, wish: TakeRecording) -> Recorded:
        """Show how long the caller spoke."""
        self._perhaps_leave()
        self._waited += 1
        if wish.beep:
            self._show("beep")
        taken = super().record(wish)
        self._show("spoke" if taken.sound[44:] else "mute", seconds=f"{taken.seconds:.0f}")
        return taken

    def ring_out(self, wish: RingOut) -> LegEnd:
        """Show the clerk's telephone ringing."""
        self._perhaps_leave()
        self._show("ringing", number=", ".join(party.address for party in wish.parties))
        leg = super().ring_out(wish)
        if wish.asked or leg.status != "completed":
            picked_up = wish.asked and leg.status == "completed"
            self._show("clerk picked up" if picked_up else f"clerk {leg.status}")
        return leg

    def at_their_end(self, wish: Wish) -> Passed:
        """Show what the clerk hears before the two are joined, and presses."""
        passed = super().at_their_end(wish)
        match wish:
            case ReadAloud(text=text):
                self._show("clerk heard", text=text)
            case AwaitKey() if passed.key:
                self._show("clerk pressed", keys=passed.key)
            case AwaitKey():
                self._show("clerk pressed nothing")
        return passed

    def join(self, wish: Join) -> LegEnd:
        """Show that the two talked."""
        leg = super().join(wish)
        self._show("clerk completed", seconds=f"{leg.talked:.0f}")
        return leg

    def hang_up(self) -> None:
        """Show that the hotline ended the call."""
        super().hang_up()
        self._show("ended")

    def turn_away(self, wish: TurnAway) -> None:
        """Show that the hotline refused the call."""
        super().turn_away(wish)
        self._show("refused")

    def _ask(self) -> Action:
        while self._read_line:
            self._show("ask")
            typed = self._read_line()
            if typed is None:
                break
            action = action_for(typed)
            if action is not None:
                return action
            self._show("unreadable")
        return GoAway()

    def _perhaps_leave(self) -> None:
        if self._gone() or (self._leave_after is not None and self._waited >= self._leave_after):
            self._show("left")
            raise CallerHungUpError

    def _show(self, label: str, **values: str) -> None:
        self._write(self._labels[label].format(**values))


class AnsweringLine(TerminalLine):
    """The telephone of somebody who is called: first it rings here, and is picked up or found busy."""

    busy = False

    def ring_out(self, wish: RingOut) -> LegEnd:
        """Pick up; later somebody else may be rung and joined to this call."""
        if self.state != "ringing":
            return super().ring_out(wish)
        if self.busy:
            self._show("busy")
            return LegEnd("busy", 1.0)
        self.answer()
        return LegEnd("completed", 1.0)
