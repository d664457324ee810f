"""When nothing of the hotline answers, the last words are the office's own (L1)."""

from dataclasses import replace
from datetime import datetime

import pytest
from werkzeug.wrappers import Response

from ivr.phone.last_words import last_words, last_words_of
from logbook.clock import Clock
from logbook.settings.loading import load_settings
from tests import frozen
from tests.ivr.phone.toy_hotline import call

SETTINGS = load_settings(frozen.OFFICE)
DOWN = Response("down", status=503)


class At(Clock):
    def __init__(self, moment: str) -> None:
        super().__init__(None)
        self.moment = datetime.fromisoformat(f"{moment}+07:00")

    def now(self) -> datetime:
        return self.moment


@pytest.mark.row("L1")
def test_after_the_voice_and_the_fallback_address_the_office_itself_says_sorry() -> None:
    caller, toy = call({"/ivr/voice": DOWN, "/ivr/fallback": DOWN})
    assert caller.heard == [last_words().text]
    assert caller.heard[0].startswith("Xin lỗi quý khách, hệ thống tổng đài đang gặp sự cố")
    assert toy.paths()[-1] == "/ivr/fallback"
    assert caller.end.ended_by == "failure"


@pytest.mark.row("L1")
def test_the_last_words_say_when_the_line_opens_again_without_asking_the_book() -> None:
    shut = last_words_of(SETTINGS, At("2026-11-25T12:00"))()
    assert "Tổng đài sẽ làm việc trở lại lúc mười bốn giờ hôm nay." in shut.text
    assert (shut.language, shut.interruptible) == ("vi-VN", False)
    working = last_words_of(SETTINGS, At("2026-11-25T09:10"))()
    assert "trở lại lúc" not in working.text
    assert working.text.endswith("Xin chào quý khách.")
    english = replace(SETTINGS, line=SETTINGS.line.model_copy(update={"language": "en"}))
    assert last_words_of(english, At("2026-11-25T12:00"))().text.startswith("Sorry, the hotline")


@pytest.mark.row("L1")
def test_a_line_that_answers_for_itself_is_neither_spoken_over_nor_hung_up() -> None:
    caller, _ = call({"/ivr/voice": DOWN, "/ivr/fallback": DOWN})
    seen: list[int] = []

    def reclaim(code: int) -> bool:
        seen.append(code)
        return True

    caller.line.let_go = reclaim  # type: ignore[method-assign]
    assert (caller.heard, seen) == ([], [11200])
    assert caller.line.state == "ringing"
    assert caller.end.ended_by == "failure"
