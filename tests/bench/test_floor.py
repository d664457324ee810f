"""The floor application: it answers the same calls as the hotline, signed and durably."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from bench.floor import create_floor
from bench.script import Script, Step

PUBLIC_URL = "http://127.0.0.1:8000"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "floor.db"


@pytest.fixture
def client(file: Path) -> FlaskClient:
    return create_floor(f"sqlite:///{file}", PUBLIC_URL, "a token").test_client()


def answered(client: FlaskClient, steps: list[Step]) -> list[tuple[int, bool]]:
    """Status of each answer, and whether it holds what it must."""
    answers = []
    for step in steps:
        answer = client.post(
            step.path,
            data=step.body,
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": step.signature},
        )
        answers.append((answer.status_code, step.contains in answer.text))
    return answers


@pytest.mark.parametrize("kind", [Script.rating, Script.complaint])
def test_the_floor_answers_every_request_of_a_call(
    client: FlaskClient, kind: Callable[[Script], list[Step]]
) -> None:
    steps = kind(Script(PUBLIC_URL, "a token", "AC" + "0" * 32))
    assert answered(client, steps) == [(step.status, True) for step in steps]
    assert len(steps) == 8


def test_five_ratings_stand_in_the_floors_file_after_the_call(client: FlaskClient, file: Path) -> None:
    answered(client, Script(PUBLIC_URL, "a token", "AC" + "0" * 32).rating())
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as conn:
        heard = conn.execute(text("SELECT heard FROM events WHERE place LIKE 'rating%' ORDER BY id"))
        assert heard.scalars().all() == ["5"] * 5
        assert conn.execute(text("SELECT place, status FROM calls")).all() == [("thanks", "completed")]
    engine.dispose()


def test_the_floor_refuses_a_request_signed_with_another_token(client: FlaskClient) -> None:
    steps = Script(PUBLIC_URL, "another token", "AC" + "0" * 32).rating()
    assert {status for status, _ in answered(client, steps)} == {403}
