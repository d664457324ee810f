"""Asterisk for tests: speaks FastAGI over a socket, plays, waits and records as a caller's plan says."""

from __future__ import annotations

import re
import socket
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from ivr.phone import sound

_PARTS = re.compile(r'"([^"]*)"|(\S+)')


class ScriptedAsterisk:
    """The exchange's end of one conversation.

    `keys` are pressed one at each prompt that may be stopped, or while a key is waited for ("" is silence,
    "x" hangs up); `spoken` is what a recording holds and `ends` how it ended: a key, "" (silence) or "x".
    `dialled` is what `Dial` comes to.
    """

    def __init__(
        self,
        *keys: str,
        spoken: bytes = b"",
        ends: str = "#",
        dialled: tuple[str, int] = ("NOANSWER", 0),
        facts: Mapping[str, str] | None = None,
        keys_at_notice: str = "",
    ) -> None:
        self.keys, self.spoken, self.ends, self.dialled = deque(keys), spoken, ends, dialled
        self.at_notice = deque(keys_at_notice)
        self.asked: list[str] = []
        self.variables: dict[str, str] = {}
        self.here, there = socket.socketpair()
        self._there = there
        known = {"uniqueid": "1.1", "callerid": "0912345678", "network_script": "in/key", **(facts or {})}
        head = "".join(f"agi_{name}: {value}\n" for name, value in known.items()) + "\n"
        there.sendall(head.encode())
        self._gone = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._there.close()
        self.here.close()
        self._thread.join(5)

    def commands(self, name: str) -> list[str]:
        return [one for one in self.asked if one.startswith(name)]

    def _serve(self) -> None:
        buffer = b""
        while True:
            try:
                piece = self._there.recv(4096)
            except OSError:
                return
            if not piece:
                return
            buffer += piece
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                command = line.decode()
                self.asked.append(command)
                try:
                    self._there.sendall((self._answer(command) + "\n").encode())
                except OSError:
                    return

    def _answer(self, command: str) -> str:  # noqa: C901 - one flat line a command
        words = [found[1] or found[2] or "" for found in _PARTS.finditer(command)]
        if self._gone and words[:2] not in (["GET", "VARIABLE"], ["SET", "VARIABLE"]):
            return "511 Command Not Permitted on a dead channel or intercept routine"
        match words:
            case ["STREAM", "FILE", path, keys]:
                assert Path(f"{path}.wav").is_file(), path
                if not keys:
                    self.at_notice.clear()  # as waitstream does: nobody hears them
                    return "200 result=0 endpos=8000"
                return self._pressed(keys)
            case ["WAIT", "FOR", "DIGIT", _]:
                return self._pressed("0123456789*#")
            case ["RECORD", "FILE", path, "wav", *_]:
                Path(f"{path}.wav").write_bytes(self.spoken)
                if self.ends == "x":
                    self._gone = True
                    return "HANGUP\n200 result=-1 (hangup) endpos=8000"
                return f"200 result={ord(self.ends) if self.ends else 0} (dtmf) endpos=8000"
            case ["EXEC", "Dial", _]:
                self.variables |= {"DIALSTATUS": self.dialled[0], "ANSWEREDTIME": str(self.dialled[1])}
                return "200 result=0"
            case ["SET", "VARIABLE", name, *value]:
                self.variables[name] = "".join(value)
                return "200 result=1"
            case ["GET", "VARIABLE", name]:
                value_of = self.variables.get(name)
                return "200 result=0" if value_of is None else f"200 result=1 ({value_of})"
            case ["HANGUP"]:
                self._gone = True
                return "200 result=1"
            case _:
                return "200 result=0"

    def _pressed(self, keys: str) -> str:
        key = self.keys.popleft() if self.keys else ""
        if key == "x":
            self._gone = True
            return "HANGUP\n200 result=-1 endpos=100"
        return f"200 result={ord(key) if key and key in keys else 0} endpos=4000"


def tone(seconds: float = 1.0) -> bytes:
    return sound.tone(seconds)
