"""The Core floor: the least a signed, durable telephone survey does, to measure our application against.

Flask, RequestValidator, SELECT + INSERT + UPDATE + COMMIT by SQLAlchemy Core, VoiceResponse. It answers the
same calls as the hotline with sentences of the same length, and knows nothing else (docs/performance.md).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, abort, request
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    event,
    select,
)
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

DATABASE, PUBLIC_URL, TOKEN = "BENCH_DATABASE", "BENCH_PUBLIC_URL", "BENCH_AUTH_TOKEN"
LANGUAGE, VOICE = "vi-VN", "Google.vi-VN-Wavenet-A"

metadata = MetaData()
calls = Table(
    "calls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sid", String(64), nullable=False, unique=True),
    Column("caller", String(64), nullable=False),
    Column("place", String(32), nullable=False),
    Column("status", String(32), nullable=False),
    Column("turn", Integer, nullable=False),
)
events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", ForeignKey("calls.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("place", String(32), nullable=False),
    Column("heard", String(64), nullable=False),
)

_FIND = select(calls).where(calls.c.sid == bindparam("sid"))
_BEGIN = calls.insert()
_HEAR = events.insert()
_MOVE = calls.update().where(calls.c.id == bindparam("call"))


@dataclass(frozen=True)
class Place:
    """Where a call stands: what is said there, and where each key leads (silence is the empty key)."""

    says: tuple[str, ...]
    leads: Mapping[str, str]
    records: bool = False


OPTIONS = (
    "Để được hướng dẫn thủ tục hành chính, xin bấm phím một. Để gửi phản ánh, kiến nghị, xin bấm phím hai."
    " Để tra cứu kết quả phản ánh, kiến nghị, xin bấm phím ba. Để đánh giá mức độ hài lòng, xin bấm phím bốn."
    " Để nghe lại, xin bấm phím chín. Để gặp cán bộ trực, xin bấm phím không."
)
MENU = (
    "Xin chào quý khách đã gọi đến Tổng đài Cải cách hành chính của Ủy ban nhân dân xã Đại Lãnh.",
    OPTIONS,
)
QUESTION = (
    "Quý khách hài lòng thế nào về thái độ của cán bộ, công chức khi hướng dẫn, tiếp nhận"
    " và giải quyết hồ sơ? Xin bấm từ một đến năm."
)
THANKS = "Xin cảm ơn quý khách đã đánh giá. Ý kiến của quý khách giúp chúng tôi phục vụ tốt hơn."
FAREWELL = "Xin cảm ơn quý khách đã gọi đến Tổng đài Cải cách hành chính. Xin chào quý khách."
_RATED = "12345*"

PLACES = {
    "menu": Place(MENU, {"4": "rating-1", "2": "who"}),
    **{
        f"rating-{number}": Place((QUESTION,), dict.fromkeys(_RATED, f"rating-{number + 1}"))
        for number in range(1, 5)
    },
    "rating-5": Place((QUESTION,), dict.fromkeys(_RATED, "thanks")),
    "thanks": Place((THANKS, "Nếu đã xong, quý khách có thể gác máy."), {"": "over"}),
    "who": Place(("Nếu quý khách là cá nhân, xin bấm phím một.",), {"1": "consent"}),
    "consent": Place(("Cuộc gọi sẽ được ghi âm. Nếu đồng ý, xin bấm phím một.",), {"1": "speak"}),
    "speak": Place(
        ("Xin nói sau tiếng bíp, khi nói xong, xin bấm phím thăng.",), {"#": "confirm"}, records=True
    ),
    "confirm": Place(("Để gửi, xin bấm phím một. Để ghi âm lại từ đầu, xin bấm phím ba.",), {"1": "told"}),
    "told": Place(("Phản ánh đã được tiếp nhận. Mã số là một hai ba bốn năm sáu.",), {"": "over"}),
    "over": Place((FAREWELL,), {}),
}


class Book:
    """The floor's database: write-ahead log, full durability, one writer of the process at a time."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._writers = threading.Lock() if self.engine.dialect.name == "sqlite" else None
        metadata.create_all(self.engine)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, committed at the end."""
        if self._writers is None:
            with self.engine.begin() as conn:
                yield conn
            return
        with self._writers, self.engine.begin() as conn:
            yield conn


def create_floor(database_url: str, public_url: str, auth_token: str) -> Flask:
    """The floor's application, its tables made where they are missing."""
    app = Flask("floor", static_folder=None)
    book = Book(database_url)
    validator = RequestValidator(auth_token)

    @app.before_request
    def signed() -> None:
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(public_url + request.full_path.rstrip("?"), request.form, signature):
            abort(403)

    @app.post("/ivr/voice")
    def voice() -> Response:
        with book.writing() as conn:
            if conn.execute(_FIND, {"sid": request.form["CallSid"]}).first() is None:
                begun = {"sid": request.form["CallSid"], "caller": request.form["From"], "place": "menu"}
                conn.execute(_BEGIN, {**begun, "status": "in-progress", "turn": 0})
        return _spoken(PLACES["menu"], f"{public_url}/ivr/turn/1", f"{public_url}/ivr/recording/1")

    @app.post("/ivr/turn/<int:number>")
    def turn(number: int) -> Response:
        key = request.form.get("Digits", "")
        with book.writing() as conn:
            call = _found(conn)
            place = PLACES[call.place].leads.get(key, call.place)
            _write(conn, call, number, key, {"place": place, "turn": number})
        after = number + 1
        return _spoken(PLACES[place], f"{public_url}/ivr/turn/{after}", f"{public_url}/ivr/recording/{after}")

    @app.post("/ivr/recording/<int:number>")
    def recording(number: int) -> Response:
        with book.writing() as conn:
            _write(conn, _found(conn), number, request.form["RecordingSid"], {"turn": number})
        return Response(status=204)

    @app.post("/ivr/status")
    def status() -> Response:
        with book.writing() as conn:
            call = _found(conn)
            _write(conn, call, call.turn, "", {"status": request.form["CallStatus"]})
        return Response(status=204)

    return app


def from_environment() -> Flask:
    """The floor as a web server loads it."""
    return create_floor(os.environ[DATABASE], os.environ[PUBLIC_URL], os.environ[TOKEN])


def _found(conn: Connection) -> Any:
    row = conn.execute(_FIND, {"sid": request.form["CallSid"]}).first()
    return row if row is not None else abort(404)


def _write(conn: Connection, call: Any, number: int, heard: str, moved: dict[str, Any]) -> None:
    kept = {"call_id": call.id, "number": number, "at": datetime.now(UTC)}
    conn.execute(_HEAR, {**kept, "place": call.place, "heard": heard})
    conn.execute(_MOVE, {"call": call.id, **moved})


def _spoken(place: Place, action: str, recording: str) -> Response:
    document = VoiceResponse()
    if place.records:
        for sentence in place.says:
            document.say(sentence, language=LANGUAGE, voice=VOICE)
        document.record(action=action, method="POST", recording_status_callback=recording)
    elif place.leads:
        gather = document.gather(
            input="dtmf", num_digits=1, finish_on_key="", timeout=6, action=action, method="POST"
        )
        for sentence in place.says:
            gather.say(sentence, language=LANGUAGE, voice=VOICE)
        document.redirect(action, method="POST")
    else:
        document.say(FAREWELL, language=LANGUAGE, voice=VOICE)
        document.hangup()
    return Response(str(document), mimetype="text/xml")


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        def on_connect(raw: Any, _record: object) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
                raw.execute(f"PRAGMA {pragma}")

        event.listen(engine, "connect", on_connect)
    return engine
