"""The wire of FastAGI: whatever comes in, a conversation ends or goes on, and never hangs or breaks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ivr.gateway.conversation import ChannelGoneError, Conversation, quoted

FACTS = b"agi_network_script: in/key\nagi_arg_1: CA1\nagi_callerid: 0912345678\n\n"


@contextmanager
def talking(*answers: bytes, facts: bytes = FACTS) -> Iterator[Conversation]:
    """A conversation whose other end says these things, one after each command."""
    here, there = socket.socketpair()
    there.sendall(facts)

    def serve() -> None:
        for answer in answers:
            if not there.recv(4096):
                return
            there.sendall(answer)
        there.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    conversation = Conversation(here)
    try:
        yield conversation
    finally:
        conversation.close()
        thread.join(5)
        there.close()


def test_facts_and_answers_are_read_also_in_pieces_and_with_hang_ups_between() -> None:
    with talking(b"200 result=52 endpos=100\n", b"HANGUP\n200 result=1 (ANSWER)\n") as one:
        assert (one.script, one.argument(1), one.argument(2)) == (["in", "key"], "CA1", "")
        assert one.ask("STREAM FILE x").key == "4"
        one.begin("GET VARIABLE DIALSTATUS")
        assert (one.finish().word, one.hung_up) == ("ANSWER", True)


def test_whoever_is_not_asterisk_ends_the_conversation() -> None:
    broken = [b"", b"511 dead\n", b"520 Invalid\n", b"\x00\xff\n", b"200 result=\n", b"x" * 9000, b"200\n"]
    for answer in broken:
        with talking(answer) as one, pytest.raises(ChannelGoneError):
            one.ask("NOOP")
    for facts in (b"agi_x" * 4000, b"agi_x: 1\n" * 200):
        here, there = socket.socketpair()
        threading.Thread(target=there.sendall, args=(facts,), daemon=True).start()
        with pytest.raises(ChannelGoneError):
            Conversation(here)
        here.close()
        there.close()


@pytest.mark.row("T-25")
def test_nothing_from_outside_becomes_a_second_command() -> None:
    for text in ('a"b', "a\nb", "a\\b", "a\x00b", "a\rb", "a\x7fb"):
        with pytest.raises(ValueError, match="argument"):
            quoted(text)
    with talking() as one, pytest.raises(ValueError, match="one command"):
        one.begin("NOOP\nHANGUP")
    assert quoted("tiếng Việt") == '"tiếng Việt"'


def test_a_dead_channel_is_told_by_its_number() -> None:
    with talking(b"200 result=-1\n") as one:
        assert one.ask("STREAM FILE x").result == -1
        assert one.hung_up
