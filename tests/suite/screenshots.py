"""Takes the pictures of the guides: `make screenshots`, or `python -m tests.suite.screenshots NAME`.

The moment and the sample month they show are fixed, so that the same program gives the same pictures.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from ivr.app import create_app
from ivr.commands.setting_up.pages import SetupPages
from ivr.line.hotline import open_hotline
from ivr.samples.fill import fill
from logbook.accounts.demo_accounts import demo_accounts
from logbook.clock import Clock, parse_moment
from logbook.database import heartbeats, leases
from logbook.settings.loading import Settings, load_settings
from tests.frozen import HOUSE
from tests.suite.ports import free_port

FOLDER = HOUSE / "logbook" / "console" / "guides" / "pictures"
NOW = "2026-11-25T09:30"
WIDE, PHONE = (1180, 760), (390, 780)
QUALITY = 62


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: whose eyes, which page, what is clicked there, and how much of it is shown (pixels)."""

    name: str
    role: str
    path: str
    click: str = ""
    size: tuple[int, int] = WIDE
    at: str = ""
    """An element to begin at."""


PICTURES = (
    Picture("dang-nhap", "", "/console/sign-in", size=(1180, 560)),
    Picture("hom-nay", "clerk", "/console/"),
    Picture("danh-sach-phieu", "clerk", "/console/tickets"),
    Picture("mot-phieu", "clerk", "/console/tickets", click="main table tbody tr >> nth=0 >> a >> nth=0"),
    Picture("cuoc-goi", "clerk", "/console/calls", click="main table tbody tr >> nth=0 >> a >> nth=0"),
    Picture("lich-truc", "head_of_office", "/console/duty"),
    Picture("lich-nam", "clerk", "/console/calendar"),
    Picture("phieu-khao-sat", "head_of_desk", "/console/slips"),
    Picture("ho-so", "head_of_desk", "/console/dossiers"),
    Picture("to-lay-phieu", "team_leader", "/console/team"),
    Picture("viet-ho", "team_member", "/console/forms"),
    Picture("lanh-dao", "chairman", "/console/leader"),
    Picture("lanh-dao-dien-thoai", "chairman", "/console/leader", size=PHONE),
    Picture("bao-cao", "chairman", "/console/reports", click="main table tbody tr >> nth=0 >> a >> nth=0"),
    Picture("chi-so", "chairman", "/console/index"),
    Picture("ke-hoach", "plan_owner", "/console/plan"),
    Picture("nguoi-dung", "administrator", "/console/people"),
    Picture("trang-cong-khai", "", "/", size=(1180, 700)),
    Picture("cai-dat", "", "setup", size=(1180, 760)),
)


def main(names: Sequence[str]) -> None:
    """Take the pictures of these names, or all."""
    wanted = [one for one in PICTURES if not names or one.name in names]
    FOLDER.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory(prefix="tongdai-pictures-") as folder, sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        with sample_office(Path(folder)) as (settings, passwords), setup_page(Path(folder)) as link:
            for picture in wanted:
                _as_if_running(settings)
                taken = take(browser, picture, settings.public_url, passwords, link)
                (FOLDER / f"{picture.name}.webp").write_bytes(taken)
                sys.stdout.write(f"{picture.name}: {len(taken) // 1024} KB\n")
        browser.close()


@contextmanager
def sample_office(folder: Path) -> Iterator[tuple[Settings, dict[str, tuple[str, str]]]]:
    """An office with the sample month at its public address; login and password by role."""
    port = free_port()
    settings = load_settings(
        {
            "TONGDAI_CONFIG": str(HOUSE / "config.yaml"),
            "TONGDAI_DATA": str(folder / "office"),
            "TONGDAI_NOW": NOW,
            "PORT": str(port),
        }
    )
    settings.data_folder.mkdir(parents=True)
    fill(settings, parse_moment(NOW))
    clock = Clock(settings.starts_at)
    hotline = open_hotline(settings, clock)
    server = make_server("127.0.0.1", port, create_app(hotline), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield settings, passwords_of(settings)
    server.shutdown()
    hotline.database.close()


def _as_if_running(settings: Settings) -> None:
    """Let the pages believe that the scheduler lives, as it does in an office."""
    hotline = open_hotline(settings)
    with hotline.database.writing() as conn:
        leases.take(conn, "scheduler", "pictures", 3600, Clock().now())
        for name in heartbeats.VITAL:
            heartbeats.beat(conn, name, Clock().now())
    hotline.database.close()


def passwords_of(settings: Settings) -> dict[str, tuple[str, str]]:
    """The sample accounts of an office, by role."""
    hotline = open_hotline(settings)
    with hotline.database.writing() as conn:
        made = demo_accounts(conn, settings, parse_moment(NOW))
    hotline.database.close()
    return {role: (login, password) for login, password, role in made}


@contextmanager
def setup_page(folder: Path) -> Iterator[str]:
    """The set-up assistant on an empty folder; its link."""
    port = free_port()
    pages = SetupPages(folder / "new", port)
    server = make_server("127.0.0.1", port, pages.app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{port}/begin/{pages.link}"
    server.shutdown()


def take(
    browser: Browser, picture: Picture, address: str, passwords: dict[str, tuple[str, str]], link: str
) -> bytes:
    """One picture as WebP."""
    width, height = picture.size
    context = browser.new_context(viewport={"width": width, "height": height}, locale="vi", base_url=address)
    page = context.new_page()
    if picture.role:
        _sign_in(page, *passwords[picture.role])
    page.goto(link if picture.path == "setup" else picture.path)
    if picture.click:
        page.locator(picture.click).click()
        page.wait_for_load_state()
    if picture.at:
        page.locator(picture.at).scroll_into_view_if_needed()
    shot = page.screenshot(animations="disabled", caret="hide")
    context.close()
    made = io.BytesIO()
    Image.open(io.BytesIO(shot)).convert("RGB").save(made, "WEBP", quality=QUALITY, method=6)
    return made.getvalue()


def _sign_in(page: Page, login: str, password: str) -> None:
    page.goto("/console/sign-in")
    page.fill("#login", login)
    page.fill("#password", password)
    with page.expect_navigation():
        page.locator("main button").click()


if __name__ == "__main__":
    main(sys.argv[1:])
