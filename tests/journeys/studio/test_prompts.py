"""The office's own voice, its own sentences and its own menu: changed, and heard by the next caller."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from logbook.accounts import accounts
from logbook.clock import local
from logbook.prompts import clips, listing
from logbook.prompts.listing import PromptState
from logbook.recordings.files import RecordingFolder
from scheduler.sounds.keep_prompts import PromptsDue
from tests.browsers import with_browsers
from tests.caller import PUBLIC_URL, Caller
from tests.journeys.town import Town
from tests.logbook.console.conftest import PASSWORD, form_token
from tests.logbook.prompts.voices import likeness, voice_of_somebody
from tests.people import SHOP

SAID = "recording_notice"


class Office:
    """The console of the town, with a clerk signed in."""

    def __init__(self, town: Town) -> None:
        self.town = town
        with town.database.writing() as conn:
            accounts.add(
                conn,
                login="clerk",
                name="Chị Lan",
                role="clerk",
                password=PASSWORD,
                now=town.clock.now(),
                must_change_password=False,
            )
        self.browser: FlaskClient = with_browsers(town.app).test_client()
        shown = self.page("/console/sign-in")
        token = re.search(r'name="form_token" value="([0-9]+[.][0-9a-f.]+)"', shown)
        assert token is not None
        self.send("/console/sign-in", login="clerk", password=PASSWORD, form_token=token[1])

    def page(self, path: str) -> str:
        return self.browser.get(path, base_url=PUBLIC_URL).text

    def send(self, path: str, /, **fields: object) -> int:
        self.answer = self.browser.post(path, base_url=PUBLIC_URL, data=fields)
        return self.answer.status_code

    def form(self, page: str, path: str, /, **fields: object) -> int:
        shown = self.page(page)
        version = re.search(r'name="version" value="(\d+)"', shown)
        known = {"form_token": form_token(shown)} | ({"version": version[1]} if version else {})
        return self.send(path, **{**known, **fields})

    def states(self) -> dict[str, PromptState]:
        """How every prompt stands."""
        with self.town.database.reading() as conn:
            content = self.town.hotline.prompts.now(conn)
            found = listing.prompts(content, self.town.settings, clips.listed(conn), "vi")
        return {one.name: one.state for one in found}

    def finish_phoned(self) -> int:
        folder = RecordingFolder(self.town.settings.data_folder / "recordings")
        return PromptsDue(self.town.database, folder, self.town.hotline.prompts).run_once(lambda: True)


@pytest.fixture
def office(town: Town) -> Iterator[Office]:
    yield Office(town)
    town.hotline.voice.close()


def phoned_in(office: Office, what: bytes, name: str = SAID) -> Caller:
    """The clerk gets a code on the page of a sentence, calls, reads it after the tone and keeps it."""
    path = f"/console/prompts/{name}"
    assert office.form(path, f"{path}/code") == 200
    code = re.search(r'<p class="h1 mb-0">(\d{3}) (\d{3})</p>', office.answer.text)
    assert code is not None
    caller = office.town.ring(SHOP).press("*").press("".join(code.groups()))
    return caller.speak(what)


def test_a_sentence_that_was_phoned_in_is_what_the_next_caller_hears(office: Office, town: Town) -> None:
    spoken = voice_of_somebody()
    before = town.ring()
    assert not [url for url in before.played if "/ivr/prompt/" in url]
    caller = phoned_in(office, spoken)
    town.bring_sound_home(caller)
    caller.press("9").press("2")
    (played_back,) = [each for each in caller.sent if "/ivr/audio/" in each.url]
    assert likeness(played_back.body, spoken) > 0.95
    caller.press("1")
    assert town.keys(caller.just_heard)[0] == "studio_kept"
    caller.hang_up()
    assert office.states()[SAID] is PromptState.WAITS
    assert office.finish_phoned() == 1
    assert office.states()[SAID] is PromptState.RECORDED
    assert town.tickets(caller) == []

    after = town.ring()
    (heard,) = [each for each in after.sent if "/ivr/prompt/" in each.url]
    alike, other = likeness(heard.body, spoken), likeness(heard.body, voice_of_somebody(8))
    print(f"correlation {alike:.3f}, with another voice {other:.3f}")
    assert alike > 0.95
    assert other < 0.5
    assert town.texts.sentence(SAID) not in after.heard, "it is played, not read as well"


def test_a_code_opens_for_two_hours_and_guessing_it_opens_nothing(office: Office, town: Town) -> None:
    guesser = town.ring().press("*")
    assert town.keys(guesser.just_heard)[-1] == "menu", "nobody has asked for a code"
    phoned_in(office, voice_of_somebody()).hang_up()
    guesser = town.ring().press("*").press("000000").press("111111")
    assert town.keys(guesser.just_heard) == ["studio_code_wrong", "studio_code"]
    assert guesser.press("222222").ended
    assert town.keys(guesser.just_heard) == ["studio_code_refused", "studio_goodbye"]
    town.clock.set("2026-11-25T11:11:00+07:00")
    late = town.ring().press("*")
    assert "studio_code" not in town.keys(late.just_heard)
    assert local(town.clock.now()).hour == 11


def test_a_changed_sentence_is_heard_by_the_next_caller_and_its_recording_is_stale(
    office: Office, town: Town
) -> None:
    path = "/console/prompts/goodbye"
    upload = {"sound": (io.BytesIO(voice_of_somebody()), "chao.wav")}
    assert office.form(path, f"{path}/record", **upload) == 303
    assert office.states()["goodbye"] is PromptState.RECORDED
    new = "Cảm ơn quý khách đã gọi {hotline}. Xin chào."
    assert office.form(path, f"{path}/sentence", text=new, do="keep") == 303
    assert office.states()["goodbye"] is PromptState.STALE
    caller = town.ring().press("1").press("1").stay_silent().stay_silent()
    assert caller.heard[-1] == "Cảm ơn quý khách đã gọi Tổng đài Cải cách hành chính. Xin chào."
    assert not [url for url in caller.played if "/ivr/prompt/" in url]
    shown = office.page(path)
    assert "bản thu cũ, câu đã đổi" in shown
    assert new in shown
    assert office.form(path, f"{path}/sentence", text="x", do="shipped") == 303
    assert office.states()["goodbye"] is PromptState.RECORDED, "the old words have their old voice"


def test_the_command_lists_what_is_missing_old_or_poor(
    office: Office, town: Town, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from ivr.commands.prompts import check

    path = "/console/prompts/goodbye"
    assert office.form(path, f"{path}/record", sound=(io.BytesIO(voice_of_somebody()), "chao.wav")) == 303
    assert office.form(path, f"{path}/sentence", text="Xin chào quý khách.", do="keep") == 303
    monkeypatch.setenv("TONGDAI_DATABASE_URL", database_url)
    monkeypatch.setenv("TONGDAI_DATA", str(town.settings.data_folder))
    done = CliRunner().invoke(check)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].startswith("Đã thu âm 0 trên ")
    assert lines[1].startswith("greeting_open: chưa thu âm (ai cũng nghe): Xin kính chào quý khách.")
    assert "goodbye: bản thu cũ, câu đã đổi (ai cũng nghe): Xin chào quý khách" in lines


def test_a_menu_entry_that_is_switched_off_is_gone_for_the_next_caller(office: Office, town: Town) -> None:
    waiting = town.ring()
    fields = {"on": ["complaint", "guidance"], "place-complaint": "1", "place-guidance": "2", "do": "keep"}
    assert office.form("/console/line/menu", "/console/line/menu", **fields) == 303
    caller = town.ring()
    assert caller.heard[-1].startswith("Để gửi phản ánh, kiến nghị, xin bấm phím hai. Để được hướng dẫn")
    assert "đánh giá" not in caller.heard[-1]
    assert town.keys(caller.press("4").just_heard[:1]) == ["invalid_key"]
    assert "đánh giá" not in waiting.press("9").just_heard[-1], "whoever waits hears the menu of now"
    for entries, said in (([], "line_menu_empty"), (["guidance"], "line_menu_duty")):
        assert office.form("/console/line/menu", "/console/line/menu", on=entries, do="keep") == 400
        assert town.texts.sentence(said) in office.answer.text
    assert town.ring().heard[-1] == caller.heard[2]


def test_a_procedure_changed_in_the_console_is_what_callers_hear(office: Office, town: Town) -> None:
    path = "/console/line/procedures"
    row = {
        "id-0": "khai-sinh",
        "name-0": "đăng ký khai sinh",
        "papers-0": "Xin mang giấy chứng sinh.",
        "fee-0": "Lệ phí tám nghìn đồng.",
        "time_limit-0": "Trong ngày.",
        "where-0": "Xin đến xã.",
    }
    assert office.form(path, path, **row, do="preview") == 200
    assert "Lệ phí tám nghìn đồng." in office.answer.text
    assert office.form(path, path, **row, do="keep") == 303
    heard = town.ring().press("1").press("1").just_heard[0]
    assert "Lệ phí tám nghìn đồng." in heard
    assert office.form(path, path, **{**row, "fee-0": ""}, do="keep") == 400
    assert "Lệ phí" in office.answer.text
    assert office.form(path, path, do="shipped") == 303
    assert "Chứng thực bản sao" in town.ring().press("1").just_heard[0]
