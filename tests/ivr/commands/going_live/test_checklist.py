"""`tongdai check` as the whole list for going live: every line says how it stands and what to do."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl

import pytest
from click.testing import CliRunner, Result
from twilio.request_validator import RequestValidator

from ivr.commands.check import check
from ivr.commands.going_live import book_lines, checklist, outside
from ivr.commands.going_live.lines import CheckState
from ivr.line.hotline import open_hotline
from logbook.clock import Clock, parse_moment
from logbook.database.engine import Database
from logbook.retention import backup
from logbook.settings.loading import load_settings
from logbook.transcripts import attempt
from tests.frozen import CONFIG
from tests.ivr.commands.test_check import PRODUCTION
from tests.logbook.transcripts.stand_ins import put_program

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
REAL = {
    "TONGDAI_CONFIG": str(CONFIG),
    "TONGDAI_MODE": "production",
    "TONGDAI_PUBLIC_URL": "https://tongdai.example.vn",
    "TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
    "TWILIO_AUTH_TOKEN": "canary-token-1234567890",
    "SECRET_KEY": "canary-secret-1234567890",
}


@pytest.fixture
def book(tmp_path: Path, migrated_file: Path) -> Path:
    """A data folder with an empty book and one copy of it from just now."""
    shutil.copyfile(migrated_file, tmp_path / "tongdai.db")
    database = Database(f"sqlite:///{tmp_path / 'tongdai.db'}")
    backup.make(database, tmp_path / "recordings", tmp_path / "backups", Clock().now())
    database.close()
    return tmp_path


def listed(folder: Path, *options: str, **environment: str) -> Result:
    env = {**REAL, "TONGDAI_DATA": str(folder), **environment}
    return CliRunner().invoke(check, ["--offline", *options], env=env)


def by_key(folder: Path, **environment: str) -> dict[str, dict[str, str]]:
    lines = listed(folder, "--json", **environment).output.splitlines()
    return {line["key"]: line for line in map(json.loads, lines)}


def test_the_list_names_everything_that_going_live_needs_and_says_what_to_do(book: Path) -> None:
    lines = by_key(book)
    wanted = [
        "mode",
        "secrets",
        "data_key",
        "public_url",
        "signature",
        "proxies",
        "disk",
        "voice",
        "numbers",
        "roster",
        "channels",
        "calendar_2026",
        "email",
        "website",
        "database",
        "administrator",
        "scheduler",
        "backup",
        "restore",
    ]
    assert [key for key in wanted if key not in lines] == []
    without = [key for key, line in lines.items() if line["state"] != "done" and not line["to_do"]]
    assert without == [], "every line that is not done says what to do"
    assert lines["administrator"]["state"] == "todo"
    assert "tongdai user add" in lines["administrator"]["to_do"]
    assert (lines["backup"]["state"], lines["restore"]["state"]) == ("done", "done")
    printed = listed(book).output
    assert "      → chạy tongdai serve, hoặc scheduler\n" in printed
    assert "canary" not in printed


@pytest.mark.row("T-03")
def test_the_computed_signature_is_the_one_the_provider_computes_and_the_webhook_takes(book: Path) -> None:
    settings = load_settings({**REAL, "TONGDAI_DATA": str(book)})
    theirs = RequestValidator("canary-token-1234567890").compute_signature(
        "https://tongdai.example.vn/ivr/fallback", {"CallSid": "CA" + "0" * 32}
    )
    assert theirs in listed(book).output
    from ivr.app import create_app

    hotline = open_hotline(settings)
    client = create_app(hotline, ["voice"]).test_client()
    for signature, status in ((theirs, 200), (theirs[:-2] + "x=", 403)):
        answer = client.post("/ivr/fallback", data=outside.PROBE, headers={"X-Twilio-Signature": signature})
        assert answer.status_code == status
    hotline.database.close()


def test_the_exit_status_says_usable_to_do_and_broken_apart(book: Path) -> None:
    assert listed(book).exit_code == 0
    assert listed(book, "--strict").exit_code == 1, "there is still something to do"
    newest = next((book / "backups").glob("*.json"))
    newest.write_text(newest.read_text("utf-8").replace('"made_at": "20', '"made_at": "19'), "utf-8")
    assert listed(book).exit_code == 1
    assert "Bản sao lưu mới nhất đã cũ" in listed(book).output


@pytest.mark.row("F-16")
def test_a_restore_is_tried_on_a_copy_and_the_book_stays_as_it_is(book: Path) -> None:
    before = (book / "tongdai.db").read_bytes()
    now = Clock().now()
    newest = backup.newest(book / "backups", now)
    assert newest is not None
    assert book_lines.restored(newest, now).state is CheckState.DONE
    assert (book / "tongdai.db").read_bytes() == before
    newest.path.write_bytes(newest.path.read_bytes()[:-4096] + b"\0" * 4096)
    line = book_lines.restored(newest, now)
    assert (line.state, "tongdai backup" in line.to_do) == (CheckState.WRONG, True)
    assert "Khôi phục thử không được" in line.text


def test_an_older_book_and_one_that_cannot_be_read_are_told_apart(book: Path) -> None:
    with sqlite3.connect(book / "tongdai.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0028'")
    raw.close()
    assert by_key(book)["database"]["to_do"] == "chạy: tongdai db upgrade"
    (book / "tongdai.db").write_bytes(b"not a database at all, but long enough " * 99)
    assert listed(book).exit_code == 1
    assert by_key(book)["start"]["state"] == "wrong"


def test_the_calendar_of_next_year_is_asked_for_from_october_on(book: Path) -> None:
    settings = load_settings({**REAL, "TONGDAI_DATA": str(book)})

    def keys(now: str) -> set[str]:
        lines = checklist.checklist(settings, parse_moment(now), [], outside=False)
        return {line.key for line in lines if line.key.startswith("calendar") and line.to_do}

    assert keys("2026-09-30T23:00") == set()
    assert keys("2026-10-01T08:00") == {"calendar_2027"}


@contextmanager
def stand_in(status: int, date: str | None = None) -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """A server on this machine that answers with a status, and what it was sent."""
    seen: list[tuple[str, dict[str, str]]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(status)
            if date is not None:
                self.send_header("Date", date)
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            seen.append((self.headers.get("X-Twilio-Signature", ""), dict(parse_qsl(body))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


def asked(address: str) -> dict[str, CheckState]:
    settings = load_settings({"TONGDAI_CONFIG": str(CONFIG), "TONGDAI_PUBLIC_URL": address})
    return {line.key: line.state for line in outside.outside_lines(settings)}


def test_the_clock_is_compared_with_the_providers_and_the_public_address_with_a_signed_request() -> None:
    with stand_in(200, "Mon, 01 Jan 2001 00:00:00 GMT") as (address, seen):
        assert asked(address) == {
            "provider": CheckState.DONE,
            "clock": CheckState.WRONG,
            "reached": CheckState.DONE,
        }
        validator = RequestValidator("demo-auth-token-not-a-secret")
        signature, form = seen[0]
        assert validator.validate(f"{address}/ivr/fallback", form, signature)
    with stand_in(403) as (address, _):
        assert asked(address)["reached"] is CheckState.WRONG
        assert asked(address)["clock"] is CheckState.UNKNOWN
    gone = asked(address)
    assert gone == {"provider": CheckState.TODO, "clock": CheckState.UNKNOWN, "reached": CheckState.UNKNOWN}
    now = Clock().now()
    assert outside.clock_line(now, now - timedelta(seconds=29)).state is CheckState.DONE


def test_a_test_message_goes_to_one_named_person_and_in_a_trial_to_guests_only() -> None:
    def send(who: str, address: str, mode: str = "production") -> Result:
        env = {**REAL, "TONGDAI_MODE": mode, "TONGDAI_CHANNEL_CHU_TICH_ZALO": address}
        return CliRunner().invoke(check, ["--send", who], env=env)

    with stand_in(200) as (server, seen):
        hook = server.replace("http://", "form://")
        assert "Đã gửi tin thử qua kênh CHU_TICH_ZALO" in send("chu-tich/zalo", hook).output
        assert "Tin thử từ Tổng đài" in str(seen[0][1])
        assert send("CHU_TICH_ZALO", hook).exit_code == 0
        refused = send("chu-tich/zalo", hook, "trial")
        assert (refused.exit_code, "trial.guests" in refused.output, len(seen)) == (1, True, 2)
        unknown = send("chu-tich/mail", hook)
        assert (unknown.exit_code, "CHU_TICH_ZALO" in unknown.output) == (1, True)
    failed = send("chu-tich/zalo", hook)
    assert (failed.exit_code, "không nhận tin thử" in failed.output, hook in failed.output) == (
        1,
        True,
        False,
    )


def test_a_line_of_the_settings_that_warns_stands_in_the_list_only_once() -> None:
    output = CliRunner().invoke(check, ["--offline"], env=PRODUCTION).output
    assert output.count("TONGDAI_CHANNEL_CHU_TICH_ZALO") == 1
    assert output.count("(0258.3842.112)") == 1


def test_the_list_says_when_drafts_are_wanted_and_no_engine_is_there(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "ENGINE", "no_such_engine")
    config = book / "config.yaml"
    config.write_text(CONFIG.read_text("utf-8").replace("enabled: false", "enabled: true"), "utf-8")
    assert "transcripts" not in by_key(book)
    missing = by_key(book, TONGDAI_CONFIG=str(config))["transcripts"]
    assert missing["state"] != CheckState.DONE
    assert "tongdai[transcripts]" in missing["to_do"]
    put_program(book)
    assert by_key(book, TONGDAI_CONFIG=str(config))["transcripts"]["state"] == CheckState.DONE
