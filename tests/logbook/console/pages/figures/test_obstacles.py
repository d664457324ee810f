"""Obstacles on the screen: who enters them, who reads them, and what a second click does."""

from __future__ import annotations

import pytest

from logbook.installation import Installation
from logbook.reports import obstacles
from tests.logbook.console.conftest import SignIn, form_token

PAGE = "/console/reports/obstacles"


@pytest.mark.row("001-18")
def test_an_obstacle_is_entered_and_removed_by_those_who_write_the_weekly_report(
    installation: Installation, signed_in: SignIn
) -> None:
    leader, head, clerk = signed_in("team_leader"), signed_in("head_of_office"), signed_in("clerk")
    token = form_token(leader.get(PAGE).text)
    form = {"form_token": token, "text": "máy <in> hỏng", "owner": "Tổ công nghệ số"}
    assert leader.post(PAGE, data=form).headers["Location"].endswith("said=obstacle_said_entered")
    assert leader.post(PAGE, data=form).headers["Location"].endswith("said=obstacle_said_entered")
    anew = form | {"form_token": form_token(leader.get(PAGE).text)}
    assert leader.post(PAGE, data=anew).headers["Location"].endswith("obstacle_said_twice")
    with installation.database.reading() as conn:
        (one,) = obstacles.open_ones(conn)
    seen = clerk.get(PAGE).text
    assert "máy &lt;in&gt; hỏng" in seen
    assert '<form method="post" action="/console/reports/obstacles' not in seen
    assert "Khó khăn, vướng mắc: 1 việc đang tháo gỡ" in clerk.get("/console/reports").text
    note = {"form_token": form_token(head.get(PAGE).text), "note": "đã thay máy"}
    assert head.post(f"{PAGE}/{one.id}", data=note | {"note": " "}).status_code == 400
    assert head.post(f"{PAGE}/{one.id}", data=note).headers["Location"].endswith("obstacle_said_resolved")
    anew = note | {"form_token": form_token(head.get(PAGE).text)}
    assert head.post(f"{PAGE}/{one.id}", data=anew).headers["Location"].endswith("obstacle_said_gone")
    done = leader.get(PAGE).text
    assert "đã tháo gỡ ngày 25/11/2026: đã thay máy" in done
    assert "Không có việc nào đang tháo gỡ." in done


def test_what_was_typed_comes_back_when_the_owner_is_missing(signed_in: SignIn) -> None:
    leader = signed_in("team_leader")
    form = {"form_token": form_token(leader.get(PAGE).text), "text": "mất điện", "owner": " "}
    answer = leader.post(PAGE, data=form)
    assert answer.status_code == 400
    assert "xin ghi nội dung và người phụ trách" in answer.text
    assert ">mất điện</textarea>" in answer.text


def test_older_ones_are_on_the_next_page(
    installation: Installation, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logbook.console.pages.figures.obstacles.PAGE", 2)
    head = signed_in("head_of_office")
    token = form_token(head.get(PAGE).text)
    for number in range(3):
        head.post(PAGE, data={"form_token": token, "text": f"việc {number}", "owner": "Tổ"})
    with installation.database.reading() as conn:
        ids = [one.id for one in obstacles.open_ones(conn)]
    for each in ids:
        head.post(f"{PAGE}/{each}", data={"form_token": token, "note": "xong"})
    first, second = head.get(PAGE).text, head.get(f"{PAGE}?before={ids[1]}").text
    assert f"{PAGE}?before={ids[1]}" in first
    assert [("việc 0" in page, "việc 2" in page) for page in (first, second)] == [
        (False, True),
        (True, False),
    ]
