"""One hotline on an empty database, and the provider that calls its webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client, TestResponse

from ivr.app import create_app
from ivr.line.hotline import Hotline, open_hotline
from ivr.running.prepare import prepare
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables.metadata import metadata
from logbook.settings.loading import Settings, load_settings
from tests import frozen
from tests.caller import PUBLIC_URL

FORM = "application/x-www-form-urlencoded"
Fields = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Provider:
    """Posts forms as the telephone provider does; `signed_url` is what it signs when it is not the truth."""

    app: Flask
    token: str
    public_url: str = PUBLIC_URL

    def post(
        self,
        path: str,
        fields: Fields,
        *,
        query: str = "",
        signature: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Post `fields`; `query` is raw; without a `signature` the right one is sent."""
        url = f"{self.public_url}{path}{'?' + query if query else ''}"
        sent = {"X-Twilio-Signature": self.sign(url, fields) if signature is None else signature}
        body = urlencode(fields, doseq=True, errors="surrogatepass")
        return self.open("POST", path, query, body.encode(), FORM, {**sent, **(headers or {})})

    def get(self, path: str) -> TestResponse:
        """Fetch something, signed."""
        return self.open("GET", path, "", b"", "", {"X-Twilio-Signature": self.sign(self.public_url + path)})

    def open(
        self, method: str, path: str, query: str, body: bytes, content_type: str, headers: Mapping[str, str]
    ) -> TestResponse:
        """Send exactly this."""
        return Client(self.app, use_cookies=False).open(
            path,
            method=method,
            query_string=query,
            data=body,
            content_type=content_type or None,
            headers=dict(headers),
        )

    def sign(self, url: str, fields: Fields | None = None) -> str:
        """The signature over what the receiver will decode: what is not UTF-8 stays quoted."""
        arriving: MultiDict[str, str] = MultiDict()
        for name, value in (fields or {}).items():
            for each in [value] if isinstance(value, str) else value:
                arriving.add(
                    name, each.encode("utf-8", "surrogatepass").decode("utf-8", "werkzeug.url_quote")
                )
        return str(RequestValidator(self.token).compute_signature(url, arriving))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The configuration as shipped, reached at an address of its own."""
    return replace(load_settings(frozen.OFFICE), public_url=PUBLIC_URL, data_folder=tmp_path)


@pytest.fixture
def hotline(settings: Settings, database: Database) -> Hotline:
    """A hotline on a Wednesday morning at ten past nine."""
    opened = open_hotline(settings, Clock(datetime.fromisoformat("2026-11-25T09:10+07:00")), database)
    prepare(opened)
    return opened


@pytest.fixture
def app(hotline: Hotline) -> Flask:
    """Its web application, telephone and pages."""
    return create_app(hotline)


@pytest.fixture
def provider(app: Flask, settings: Settings) -> Provider:
    """Its telephone provider."""
    return Provider(app, settings.auth_token.get_secret_value())


def everything_in(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, to compare before and after."""
    with database.reading() as conn:
        return {
            table.name: sorted((tuple(row) for row in conn.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }
