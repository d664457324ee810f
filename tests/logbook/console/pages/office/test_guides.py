"""The guides: the right one for each role, searched as people type, with pictures that the script takes."""

from __future__ import annotations

import re

import pytest

from logbook.accounts.rights import ROLES
from logbook.console.views import guides
from logbook.texts.catalogue import load_texts
from tests.logbook.console.conftest import SignIn, form_token
from tests.suite.screenshots import PICTURES

MOST_BYTES = 4 * 1024 * 1024


def test_everybody_opens_their_own_guide_and_finds_the_others(signed_in: SignIn) -> None:
    assert {guides.own_guide(role) for role in ROLES} <= set(guides.GUIDES)
    every = guides.every("vi", "UBND xã", "Bộ phận Một cửa")
    for role, title in (
        ("clerk", "Cán bộ trực"),
        ("chairman", "Chủ tịch"),
        ("administrator", "Quản trị viên"),
    ):
        browser = signed_in(role)
        page = browser.get("/console/help").text
        first = next(one for one in every if one.key == guides.own_guide(role))
        assert f'class="guide-title" id="{guides.anchor_of(first.title)}"' in page
        assert title in page
        others = [browser.get(f"/console/help/{key}").status_code for key in guides.GUIDES]
        assert set(others) == {200}
        assert browser.get("/console/help/nothing").status_code == 404
        assert 'href="/console/help"' in browser.get("/console/").text, "every page leads to it"


def test_a_guide_is_found_by_words_without_marks_and_leads_to_its_section(signed_in: SignIn) -> None:
    every = guides.every("vi", "UBND xã", "Bộ phận Một cửa")
    assert guides.found("khoi phuc the", every) == []
    assert [one.heading for one in guides.found("restore usb", every)] == ["Sao lưu và khôi phục"]
    browser = signed_in("administrator")
    page = browser.get("/console/help?q=SAO+LUU").text
    assert '/console/help/quan-tri#sao-luu-va-khoi-phuc"' in page
    assert 'id="sao-luu-va-khoi-phuc"' in browser.get("/console/help/quan-tri").text
    assert "Không có mục nào" in browser.get("/console/help?q=xyzxyz").text
    assert "&lt;script&gt;" in browser.get("/console/help?q=<script>").text


def test_every_picture_of_the_guides_is_taken_by_the_script_used_and_small(signed_in: SignIn) -> None:
    texts = "".join(file.read_text("utf-8") for file in guides.FOLDER.rglob("*.md"))
    named = set(re.findall(r"\(([a-z-]+)\.webp\)", texts))
    taken = {one.name for one in PICTURES}
    there = {file.stem for file in guides.PICTURES.glob("*.webp")}
    assert named - taken == set()
    assert there == taken
    assert taken - named <= {"trang-cong-khai"}, "the README shows it"
    assert sum(file.stat().st_size for file in guides.PICTURES.iterdir()) < MOST_BYTES
    browser = signed_in("clerk")
    answer = browser.get("/console/help/pictures/hom-nay.webp")
    assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "image/webp", b"RIFF")
    answer.close()
    assert browser.get("/console/help/pictures/..%2Fquan-tri.md").status_code == 404
    assert browser.get("/console/help/quan-tri.md").status_code == 404


def test_who_reads_english_gets_every_guide_in_english_with_the_same_pictures(signed_in: SignIn) -> None:
    names = {file.name for file in guides.FOLDER.glob("*.md")}
    assert {file.name for file in (guides.FOLDER / "en").glob("*.md")} == names
    for key in guides.GUIDES:
        one, other = (guides.guide(key, language, "UBND xã", "desk") for language in ("vi", "en"))
        assert (one.language, other.language) == ("vi", "en")
        assert guides.guide(key, "xx", "UBND xã", "desk").language == "vi"
        pictures = [re.findall(r"pictures/([a-z-]+)", guide.body) for guide in (one, other)]
        assert pictures[0] == pictures[1], key
    browser = signed_in("administrator")
    token = form_token(browser.get("/console/account").text)
    browser.post("/console/account/language", data={"form_token": token, "language": "en"})
    page = browser.get("/console/help").text
    assert 'lang="en" aria-labelledby="administrator"' in page
    assert "Connect a number" in page
    assert "/console/help/quan-tri#backup-and-restore" in browser.get("/console/help?q=restore+disk").text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_a_guide_calls_a_button_or_a_page_is_called_so_on_the_screen(language: str) -> None:
    """Bold within a step or a sentence names what is pressed, whole; bold before a colon is a heading."""
    folder = guides.FOLDER if language == "vi" else guides.FOLDER / language
    words = {one.casefold() for one in load_texts()[language].sentences.values()}
    wrong = {}
    for key in set(guides.GUIDES) - {"tai-may", "rieng-tu"}:  # bold there is what stands out on paper
        text = (folder / f"{key}.md").read_text("utf-8")
        bold = re.findall(r"\*\*([^*:]+)\*\*(?!:)", text)
        wrong[key] = sorted(one for one in bold if one.casefold() not in words and not one.isdigit())
    assert {key: names for key, names in wrong.items() if names} == {}


def test_what_is_written_in_a_guide_is_text_and_never_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    made = str(guides._block("a <b>x</b> **đậm** `<i>`"))
    assert made == "<p>a &lt;b&gt;x&lt;/b&gt; <b>đậm</b> <code>&lt;i&gt;</code></p>"
    assert str(guides._block("1. a\n2. b")) == "<ol><li>a</li><li>b</li></ol>"
    assert "<script" not in str(guides._block("```sh\n<script>\n```"))
