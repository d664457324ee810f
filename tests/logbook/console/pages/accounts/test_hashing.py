"""A password or PIN is hashed before a transaction: hashing is slow on purpose, and others wait to write."""

from __future__ import annotations

import pytest

from logbook.accounts import accounts, phone_pin
from logbook.installation import Installation
from tests.logbook.console.cases import person_id, token_of
from tests.logbook.console.conftest import PASSWORD, SignIn
from tests.one_kind import on_sqlite


@on_sqlite  # one writer at a time: there is a lock to look at
@pytest.mark.row("P1")
def test_nobody_waits_to_write_while_a_password_or_a_pin_is_hashed(
    signed_in: SignIn, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, administrator = signed_in("clerk"), signed_in("administrator")
    held: list[bool] = []

    class Watched:
        """A hasher that notes whether somebody holds the writers' turn meanwhile."""

        def __init__(self, hasher: object) -> None:
            self._hasher = hasher

        def hash(self, secret: str) -> object:
            held.append(installation.database._writers.locked())
            return self._hasher.hash(secret)  # type: ignore[attr-defined]

        def __getattr__(self, name: str) -> object:
            return getattr(self._hasher, name)

    monkeypatch.setattr(accounts, "_HASHER", Watched(accounts._HASHER))
    monkeypatch.setattr(phone_pin, "_HASHER", Watched(phone_pin._HASHER))
    pin = {"form_token": token_of(clerk), "password": PASSWORD, "pin": "7391", "pin_again": "7391"}
    assert clerk.post("/console/account/phone-pin", data=pin).status_code == 303
    new = {"old": PASSWORD, "new": "mat khau moi tinh", "again": "mat khau moi tinh"}
    assert (
        clerk.post("/console/account/password", data=new | {"form_token": token_of(clerk)}).status_code < 400
    )
    address = f"/console/people/{person_id(installation, 'clerk')}/password"
    assert administrator.post(address, data={"form_token": token_of(administrator)}).status_code < 400
    assert held == [False, False, False]
