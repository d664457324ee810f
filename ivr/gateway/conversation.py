"""One conversation with Asterisk about one channel: the only file that knows how FastAGI looks on the wire.

Asterisk opens a connection for each channel and says what it knows of it. After that we send one command a
line and it gives one answer a line. `HANGUP`, which it may say at any moment, is read over and remembered.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

LONGEST_LINE = 8192
MOST_FACTS = 100
FACTS_SECONDS = 5.0
ANSWER_SECONDS = 10.0
"""How long a command may take beyond what it does by itself."""
_ANSWER = re.compile(rb"200 result=(-?[0-9]+)(?: \((.*)\))?(?: endpos=([0-9]+))?\s*")
_FACT = re.compile(r"agi_([a-z0-9_]{1,40}): ?(.*)")


class ChannelGoneError(Exception):
    """The channel is gone, or the connection, or whoever speaks there is not Asterisk."""


@dataclass(frozen=True)
class AgiAnswer:
    """The answer to one command: its number, the word in brackets, and how far a sound got (samples)."""

    result: int
    word: str = ""
    position: int = 0

    @property
    def key(self) -> str | None:
        """The key that ended what was played or waited for; None: none did."""
        return chr(self.result) if chr(max(self.result, 0)) in "0123456789*#" else None


def quoted(text: str) -> str:
    """Return an argument in quotes; ValueError for what would end the line or the quotes."""
    if any(ord(sign) < 32 or sign in '"\\\x7f' for sign in text):
        raise ValueError("not an argument of a command")
    return f'"{text}"'


class Conversation:
    """Commands and answers about one channel."""

    def __init__(self, connection: socket.socket) -> None:
        """Read what Asterisk says of the channel first (ChannelGoneError)."""
        self._connection = connection
        self._buffer = bytearray()
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.facts: Mapping[str, str] = self._read_facts()
        self.hung_up = self.argument(2) == "gone"

    @property
    def script(self) -> list[str]:
        """The path Asterisk was sent here with, by its parts."""
        return self.facts.get("network_script", "").split("/")

    def argument(self, number: int) -> str:
        """What the dialplan added to the path; empty when it did not."""
        return self.facts.get(f"arg_{number}", "")

    def ask(self, command: str, seconds: float = 0.0) -> AgiAnswer:
        """Send one command, which does its work within `seconds`, and wait for its answer.

        ChannelGoneError when the channel is gone or nothing is heard.
        """
        self.begin(command)
        return self.finish(seconds)

    def begin(self, command: str) -> None:
        """Send a command whose answer is read later (ChannelGoneError)."""
        if "\n" in command or "\r" in command or "\0" in command:
            raise ValueError("not one command")
        try:
            self._connection.settimeout(ANSWER_SECONDS)
            self._connection.sendall(command.encode() + b"\n")
        except OSError as error:
            raise ChannelGoneError(str(error)) from error

    def finish(self, seconds: float = 0.0) -> AgiAnswer:
        """Return the answer to what was begun (ChannelGoneError)."""
        by = time.monotonic() + seconds + ANSWER_SECONDS
        while True:
            line = self._line(by)
            if line.strip() == b"HANGUP":
                self.hung_up = True
                continue
            found = _ANSWER.match(line)
            if found is None:
                raise ChannelGoneError(f"answered {line[:80]!r}")
            word = (found[2] or b"").decode("utf-8", "replace")
            answer = AgiAnswer(int(found[1][:12]), word, int((found[3] or b"0")[:12]))
            if answer.result == -1:
                self.hung_up = True
            return answer

    def answered(self, seconds: float) -> bool:
        """Whether the answer to what was begun comes, or the channel goes, within `seconds`."""
        if b"\n" in self._buffer:
            return True
        try:
            self._connection.settimeout(max(0.001, seconds))
            piece = self._connection.recv(LONGEST_LINE)
        except TimeoutError:
            return False
        except OSError:
            return True
        if not piece:
            return True
        self._buffer += piece
        return b"\n" in self._buffer

    def variable(self, name: str) -> str:
        """Return a variable of the channel, empty when it has none; also of one that has hung up."""
        return self.ask(f"GET VARIABLE {name}").word

    def full_variable(self, expression: str) -> str:
        """Return what the exchange says of an expression of ours, as in its dialplan (ChannelGoneError)."""
        return self.ask(f"GET FULL VARIABLE ${{{expression}}}").word

    def close(self) -> None:
        """Leave the channel to the dialplan."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _read_facts(self) -> dict[str, str]:
        by = time.monotonic() + FACTS_SECONDS
        facts: dict[str, str] = {}
        for _ in range(MOST_FACTS):
            line = self._line(by).decode("utf-8", "replace").strip("\r\n")
            if not line:
                return facts
            if found := _FACT.fullmatch(line):
                facts[found[1]] = found[2].strip()
        raise ChannelGoneError("too much said of a channel")

    def _line(self, by: float) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > LONGEST_LINE:
                raise ChannelGoneError("a line without an end")
            left = by - time.monotonic()
            if left <= 0:
                raise ChannelGoneError("no answer in time")
            try:
                self._connection.settimeout(left)
                piece = self._connection.recv(LONGEST_LINE)
            except OSError as error:
                raise ChannelGoneError(str(error)) from error
            if not piece:
                raise ChannelGoneError("the connection ended")
            self._buffer += piece
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        return line
