"""One JSON object a line, no number in full, no secret at all (T-04, T-18)."""

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import text

from ivr.app import create_app
from ivr.line.hotline import Hotline, open_hotline
from ivr.line.office_now import OfficeNow
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.process.logs import configure_logs, mask_numbers
from logbook.settings.loading import Settings, load_settings
from tests.frozen import CONFIG
from tests.ivr.conftest import Provider

Lines = Callable[[], list[dict[str, Any]]]
CALL = {"CallSid": "CA" + "6" * 32, "From": "+84912345678", "To": "+842583842102", "CallStatus": "ringing"}
BREAKERS = [
    pytest.param("a\nb", id="newline"),
    pytest.param("a\r\nb", id="carriage return"),
    pytest.param('"},{"level":"forged"}\n{"event":"forged"}', id="forged line"),
    pytest.param("\x1b[31mred\x1b[0m", id="ANSI colour"),
    pytest.param("\x00", id="NUL"),
    pytest.param("\x85\u2028\u2029", id="Unicode line ends"),
    pytest.param("\ud800", id="lone surrogate"),
    pytest.param("\\\"'", id="quotes"),
    pytest.param("\x7f\x9b31m", id="DEL and C1"),
    pytest.param("${jndi:ldap://x}", id="expression"),
]


@pytest.fixture(autouse=True)
def _quiet_afterwards() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Everything logged since the last look, line by line; fails when a line is not a JSON object."""
    configure_logs("production")

    def read() -> list[dict[str, Any]]:
        out, err = capsys.readouterr()
        assert out == ""
        assert err.isascii()
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", err)
        return [dict(json.loads(line)) for line in err.split("\n")[:-1]]

    return read


@pytest.mark.row("T-18")
@pytest.mark.parametrize("breaker", BREAKERS)
def test_whatever_is_logged_is_exactly_one_line(lines: Lines, breaker: str) -> None:
    structlog.get_logger("t").warning(f"call {breaker}", caller=breaker, **{breaker: 1})
    (line,) = lines()
    assert line["caller"] == breaker
    assert line["event"] == f"call {breaker}"
    assert line["level"] == "warning"


@pytest.mark.row("T-18")
@pytest.mark.parametrize("breaker", BREAKERS)
def test_an_exception_with_its_trace_is_one_line_too(lines: Lines, breaker: str) -> None:
    log = structlog.get_logger("t")
    try:
        raise ValueError(breaker)
    except ValueError as error:
        log.error("failed", exc_info=error)
    (line,) = lines()
    assert "ValueError" in line["exception"]


@pytest.mark.row("T-18")
@pytest.mark.parametrize("breaker", BREAKERS)
def test_a_caller_breaks_no_line(provider: Provider, lines: Lines, breaker: str) -> None:
    agent = breaker.encode("ascii", "ignore").decode().translate(dict.fromkeys((0, 10, 13), "?"))
    for field in ("From", "CallSid", "CallStatus", "RecordingSid", "CallerName"):
        fields = {**CALL, field: breaker}
        answers = [
            provider.post("/ivr/voice", fields, headers={"User-Agent": agent}),
            provider.post("/ivr/fallback", {**fields, "ErrorCode": breaker}),
        ]
        voice, fallback = (answer.status_code for answer in answers)
        assert {voice, fallback} <= {200, 400}
        assert len(lines()) == (voice == 400) + 1, "one for a refused call, one for any request of a fallback"


@pytest.mark.row("T-18")
def test_a_request_nobody_understood_is_one_line_that_names_the_field(
    provider: Provider, lines: Lines
) -> None:
    assert provider.post("/ivr/voice", {**CALL, "CallSid": "x\n+84912345678"}).status_code == 400
    (line,) = lines()
    assert (line["event"], line["field"]) == ("not understood", "CallSid")


@pytest.mark.row("T-18")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+84912345678", "+8491••••••"),
        ("0912345678", "0912••••••"),
        ("from 02583842102 to 0912345678.", "from 0258•••••• to 0912••••••."),
        ("From=%2B84912345678&x", "From=%2B8491••••••&x"),
        ("sip:84912345678@h", "sip:8491••••••@h"),
        ("tel_0912345678_", "tel_0912••••••_"),
        ("CA0123456789abcdef0123456789abcdef", "CA0123456789abcdef0123456789abcdef"),
        ("0912.345.678 rung", "0912•••••• rung"),
        ("số 0912 345 678", "số 0912••••••"),
        ("(0258) 3842-102", "(0258••••••"),
        ("+84 912 345 678", "+84 912••••••"),
        ("2026-11-25 09:10:00", "2026-11-25 09:10:00"),
        ("10.0.0.1 answered 200", "10.0.0.1 answered 200"),
        ("12345678", "12345678"),
        ("113", "113"),
    ],
)
@pytest.mark.row("S9")
def test_the_end_of_a_telephone_number_is_not_logged(text: str, shown: str) -> None:
    assert mask_numbers(None, "", {"event": text})["event"] == shown


def test_numbers_are_masked_in_whatever_holds_them() -> None:
    event: dict[str, Any] = {
        "fields": {"From": "+84912345678", "+84912345678": 1},
        "numbers": ["+84912345678", ("0912345678",)],
        "error": ValueError("+84912345678"),
    }
    masked = repr(mask_numbers(None, "", event))
    assert "912345" not in masked
    assert "678" not in masked
    assert masked.count("••••••") == 5


def test_numbers_are_masked_in_every_line_and_every_trace(lines: Lines) -> None:
    log = structlog.get_logger("t")
    try:
        raise ValueError("no such number: +84" + "912345678")
    except ValueError as error:
        log.error("failed for 0912345678", exc_info=error, caller="+84912345678")
    (line,) = lines()
    assert "912345" not in json.dumps(line)
    assert (line["caller"], line["event"]) == ("+8491••••••", "failed for 0912••••••")
    assert "no such number: +8491••••••" in line["exception"]


def test_time_stands_in_every_line_in_utc(lines: Lines) -> None:
    structlog.get_logger("t").info("x")
    (line,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["timestamp"])


@pytest.mark.parametrize(("mode", "seen"), [("demo", ["loud"]), ("production", ["quiet", "loud"])])
def test_a_demonstration_shows_warnings_only(
    capsys: pytest.CaptureFixture[str], mode: Literal["demo", "production"], seen: list[str]
) -> None:
    configure_logs(mode)
    structlog.get_logger("t").info("quiet")
    structlog.get_logger("t").warning("loud")
    events = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert events == seen


@pytest.mark.row("S14")
def test_what_a_library_logs_goes_the_same_way(lines: Lines) -> None:
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("no route to %s\n", "+84" + "912345678")
    try:
        raise ValueError("0912" + "345678")
    except ValueError:
        logging.getLogger("some.library").exception("failed")
    first, second = lines()
    assert (first["event"], first["level"]) == ("no route to +8491••••••\n", "warning")
    assert "ValueError: 0912••••••" in second["exception"]


CANARIES = {"auth_token": "canary-token-1234567890", "secret_key": "canary-secret-123456789"}


@pytest.fixture
def secretive(settings: Settings, database: Database) -> Hotline:
    """A hotline whose secrets would be recognised anywhere."""
    hidden = {name: SecretStr(value) for name, value in CANARIES.items()}
    seen = replace(settings, database_url="postgresql+psycopg://u:canary-database@h/d", **hidden)  # type: ignore[arg-type]
    return open_hotline(seen, Clock(), database)


@pytest.mark.row("T-04")
def test_settings_never_show_a_secret(secretive: Hotline) -> None:
    for shown in (
        repr(secretive.settings),
        str(secretive.settings),
        f"{secretive.settings}",
        repr(secretive),
    ):
        assert "canary" not in shown


@pytest.mark.row("T-04")
def test_no_answer_and_no_line_shows_a_secret_even_when_everything_fails(
    secretive: Hotline, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(secretive)
    right = Provider(app, CANARIES["auth_token"])
    answers = [right.post("/ivr/voice", CALL), right.post("/ivr/voice", CALL, signature="wrong")]
    answers += [
        right.post("/ivr/voice", {"CallSid": "?"}),
        right.get("/ivr/audio/1/1"),
        right.get("/nowhere"),
    ]

    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("the calendar is gone")

    monkeypatch.setattr(OfficeNow, "at", break_down)
    answers += [right.post("/ivr/voice", {**CALL, "CallSid": "CA" + "7" * 32})]
    answers += [app.test_client().get(path) for path in ("/", "/readyz", "/healthz")]
    for answer in answers:
        assert "canary" not in f"{answer.headers}{answer.text}"
        assert "Traceback" not in answer.text
    logged = lines()
    assert any(line["event"] == "webhook failed" for line in logged)
    assert "canary" not in json.dumps(logged)


@pytest.mark.row("T-04")
@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "SECRET_KEY", "TONGDAI_DATABASE_URL"])
def test_a_refused_setting_is_named_without_its_value(name: str, tmp_path: Path) -> None:
    environment: Mapping[str, str] = {
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_MODE": "production",
        "TONGDAI_DATA": str(tmp_path),
        name: "canary",
    }
    with pytest.raises(Exception, match=name) as refused:
        load_settings(environment)
    assert "canary" not in f"{refused.value!s}{refused.value!r}"


@pytest.mark.row("T-04")
def test_a_database_error_is_logged_without_what_was_to_be_stored(secretive: Hotline, lines: Lines) -> None:
    with secretive.database.writing() as conn:
        conn.execute(text("DROP TABLE turns"))
    Provider(create_app(secretive), CANARIES["auth_token"]).post("/ivr/voice", CALL)
    (line,) = lines()
    assert "INSERT INTO turns" in line["exception"]
    assert "<Response>" not in line["exception"]
