"""Dark pages where the system asks for them, larger letters where the browser is told to, light on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, Visit
from tests.browser.full_house import furnish, pages
from tests.browser.office import Office
from tests.browser.test_pages import BROADER, opened, violations
from tests.frozen import HOUSE

CONSOLE = HOUSE / "logbook" / "console" / "static" / "console.css"
PUBLIC = HOUSE / "logbook" / "public" / "templates" / "public"
_BLOCK = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_COLOUR = r"#[0-9a-fA-F]{3,8}\b"
ON_COLOUR = "#fff"
"""Letters and outlines on the red bar, on a red or green badge: they are the same in both."""


FAINT = """() => {
  const pen = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (colour) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data]; };
  const light = (rgb) => { const [r, g, b] = rgb.map((one) => { const part = one / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const over = (top, below) => top.slice(0, 3).map((one, at) =>
    one * top[3] / 255 + below[at] * (1 - top[3] / 255));
  const behind = (one) => { const layers = []; for (let at = one; at; at = at.parentElement)
    layers.unshift(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, top) => over(top, below), [20, 23, 29]); };
  const found = new Set();
  for (const one of document.querySelectorAll('body *')) {
    const says = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const box = one.getBoundingClientRect(), look = getComputedStyle(one);
    if (!says || !box.width || !box.height || look.visibility === 'hidden' || one.disabled) continue;
    if (one.closest('svg, [disabled], [aria-hidden=true], .visually-hidden')) continue;
    const below = behind(one), letters = over(rgba(look.color), below);
    const [high, low] = [light(letters), light(below)].sort((a, b) => b - a);
    const size = parseFloat(look.fontSize), large = size >= 24 || (size >= 18.66 && look.fontWeight >= 700);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < (large ? 3 : 4.5)) found.add(`${ratio.toFixed(1)} ${one.tagName}.${one.className}`);
  }
  return [...found];
}"""
"""Texts with too little contrast (WCAG 1.4.3): axe passes over colours that are no plain RGB."""


def brightness(page: Page, selector: str = "body") -> float:
    """How bright the background of an element is, from 0 to 1."""
    shown = page.eval_on_selector(selector, "one => getComputedStyle(one).backgroundColor")
    red, green, blue = (int(part) for part in re.findall(r"\d+", shown)[:3])
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


@pytest.mark.row("S13")
@pytest.mark.proof
def test_who_asks_for_dark_pages_gets_them_and_can_read_them(office: Office, visit: Visit) -> None:
    furnish(office)
    wrong, seen = {}, 0
    for role in ("head_of_office", "administrator"):
        page = visit(role, bypass_csp=True, color_scheme="dark")
        for address in ("/", "/tra-loi", "/ket-qua", *pages(office, 1)):
            if not opened(page, address):
                continue
            seen += 1
            assert brightness(page) < 0.2, address
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            if found := violations(page) + page.evaluate(FAINT):
                wrong[address] = found
    assert not wrong, "\n".join(f"{where}: {found}" for where, found in wrong.items())
    assert seen >= 20


@pytest.mark.row("S13")
def test_the_page_before_signing_in_is_dark_on_a_screen_and_light_on_paper(
    office: Office, visit: Visit
) -> None:
    page = visit(color_scheme="dark", reduced_motion="reduce")
    for address in ("/", "/console/sign-in"):
        opened(page, address)
        assert brightness(page) < 0.2, address
        page.emulate_media(media="print", color_scheme="dark")
        shown = page.eval_on_selector("body", "one => getComputedStyle(one).backgroundColor")
        assert "0, 0, 0, 0" in shown or brightness(page) > 0.8, (address, shown)
        page.emulate_media(media="screen", color_scheme="light")
        assert brightness(page) > 0.8, address
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")


@pytest.mark.row("S13")
def test_larger_letters_of_the_browser_make_every_page_larger(office: Office, visit: Visit) -> None:
    page = visit()
    page.set_viewport_size(PHONE)
    for address in ("/", "/console/sign-in", "/r/NOSUCHCODE1"):
        opened(page, address)
        size = "parseFloat(getComputedStyle(document.querySelector('main, body')).fontSize)"
        before = page.evaluate(size)
        page.evaluate("document.documentElement.style.fontSize = '150%'")
        assert page.evaluate(size) >= before * 1.45, address
        assert page.evaluate(BROADER) <= 0, address


@pytest.mark.row("S13")
@pytest.mark.parametrize(
    "sheet", [CONSOLE, PUBLIC / "style.css", PUBLIC / "rate.css"], ids=lambda one: one.name
)
def test_every_colour_of_a_sheet_has_a_dark_one_beside_it(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.S)
    dark = re.search(r"@media screen and \(prefers-color-scheme: dark\) " + _BLOCK, text)
    assert dark is not None
    rest = re.sub(r"@media print[^{]*" + _BLOCK, "", text.replace(dark[0], ""))
    light = re.search(r":root " + _BLOCK, rest)
    assert light is not None
    declared = set(re.findall(rf"(--[\w-]+): {_COLOUR}", light[0]))
    same = {"--bar", "--bar-deep", "--tblr-primary", "--face", "--face-ink"}
    assert declared - same - set(re.findall(rf"(--[\w-]+): {_COLOUR}", dark[0])) == set()
    used = set(re.findall(_COLOUR, re.sub(r"--[\w-]+:[^;}]*", "", rest.replace(light[0], ""))))
    allowed = {ON_COLOUR, "#9b1c1f"} if sheet == CONSOLE else {ON_COLOUR}
    assert used <= allowed
