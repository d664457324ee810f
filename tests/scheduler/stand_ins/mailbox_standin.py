"""A mailbox (IMAP4rev1) and a mail server on this machine: what lies in one, what was handed to the other."""

from __future__ import annotations

import contextlib
import re
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class StandInBox:
    """Letters by their number; `seen` are those marked as read."""

    address: str = ""
    letters: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)

    def put(self, raw: bytes) -> int:
        number = len(self.letters) + 1
        self.letters[number] = raw
        return number


@contextlib.contextmanager
def mailbox() -> Iterator[StandInBox]:
    box = StandInBox()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            while line := self.rfile.readline():
                tag, _, command = line.decode().strip().partition(" ")
                box.commands.append(re.sub(r"^LOGIN .*", "LOGIN", command))
                self.answer(command)
                self.wfile.write(f"{tag} OK done\r\n".encode())
                if command.upper().startswith("LOGOUT"):
                    return

        def answer(self, command: str) -> None:
            upper = command.upper()
            if upper.startswith("CAPABILITY"):
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif upper.startswith("SELECT"):
                self.wfile.write(f"* {len(box.letters)} EXISTS\r\n".encode())
            elif upper.startswith("UID SEARCH"):
                unread = " ".join(str(one) for one in sorted(set(box.letters) - box.seen))
                self.wfile.write(f"* SEARCH {unread}\r\n".encode())
            elif found := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
                raw = box.letters[int(found[1])][: int(found[2])]
                head = f"* {found[1]} FETCH (UID {found[1]} BODY[]<0> {{{len(raw)}}}\r\n".encode()
                self.wfile.write(head + raw + b")\r\n")
            elif found := re.match(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\Seen\)", command):
                box.seen.add(int(found[1]))

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
    server.daemon_threads = True
    box.address = f"imap://hopthu%40xa.vn:canary%2Fpass@127.0.0.1:{server.server_address[1]}/INBOX"
    with _running(server):
        yield box


@dataclass
class StandInServer:
    """`refuses` answers every recipient with a clear no."""

    address: str = ""
    taken: list[str] = field(default_factory=list)
    refuses: bool = False


@contextlib.contextmanager
def mail_server() -> Iterator[StandInServer]:
    server_state = StandInServer()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 ready")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb in (b"EHLO", b"HELO"):
                    self.say("250 hello")
                elif verb == b"RCPT" and server_state.refuses:
                    self.say("550 no such person")
                elif verb == b"DATA":
                    self.say("354 go on")
                    text = b""
                    while not text.endswith(b"\r\n.\r\n"):
                        text += self.rfile.readline()
                    server_state.taken.append(text.decode())
                    self.say("250 taken")
                elif verb == b"QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 well")

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
    server.daemon_threads = True
    server_state.address = f"smtp://127.0.0.1:{server.server_address[1]}"
    with _running(server):
        yield server_state


@contextlib.contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
