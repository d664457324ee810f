"""Settings that are well-formed and still wrong: compared with what exists, refused with key and line."""

import re
from pathlib import Path
from typing import get_args

import pytest

from logbook.accounts.rights import ROLES
from logbook.settings.errors import SettingsError
from logbook.settings.loading import load_settings
from logbook.settings.notifications import LeaderRole
from tests.frozen import CONFIG

TEXT = CONFIG.read_text("utf-8")

WRONG = [
    # what stands in the file, what somebody writes instead, the key that is named, a word of the reason
    ("language: vi", "language: fr", "line.language", "vi, en"),
    ("language: vi", "language: xx", "line.language", "vi, en"),
    ("language: vi", "language: en", "line.voice", "vi-VN"),
    ("Google.vi-VN-Wavenet-A", "Google.en-US-Wavenet-A", "line.voice", "en-US"),
    ("Google.vi-VN-Wavenet-A", "Google.vi-VN-Wavenet-E", "line.voice", "giọng"),
    ("Google.vi-VN-Wavenet-A", "Polly.vi-VN-Lan", "line.voice", "giọng"),
    ("Google.vi-VN-Wavenet-A", "giọng nữ", "line.voice", "giọng"),
    ("https://api.twilio.com", "api.twilio.com", "line.api_url", "https"),
    ("https://api.twilio.com", "https://", "line.api_url", "https"),
    ("https://api.twilio.com", "https://api .com", "line.api_url", "https"),
    ("https://api.twilio.com", "https://api.twilio.com:99999", "line.api_url", "https"),
    ('number: "0258.3842.102"', 'number: "0258.3842.10"', "line.number", "số"),
    ('number: "113"', 'number: "199"', "emergency_numbers.0.number", "115"),
    ('number: "114"', 'number: "113"', "emergency_numbers.1", "hai lần"),
    ('mon: ["08:00-11:00", "14:00-16:30"]', 'mon: ["11:00-08:00"]', "calendars.hotline.mon.0", "08:00-11:00"),
    (
        'mon: ["08:00-11:00", "14:00-16:30"]',
        'mon: ["08:00-11:00", "10:59-16:30"]',
        "calendars.hotline.mon",
        "chồng",
    ),
    ('mon: ["08:00-11:00", "14:00-16:30"]', 'mon: ["08:00-24:30"]', "calendars.hotline.mon.0", "08:00"),
    ("date: 2026-01-10", "date: 2026-02-29", "official_days.2026.days.1.date", "2026-01-31"),
    ("date: 2026-01-10", "date: 2027-01-10", "official_days.2026.days.1.date", "năm khác"),
    ("mon: [an, binh]", "mon: [an, bing]", "duty.roster.mon.1", "bing"),
    ("emergency_operator: an", "emergency_operator: anh", "duty.emergency_operator", "anh"),
    ("- id: binh", "- id: an", "duty.people.1", "hai lần"),
    ("- key: tc2", "- key: tc1", "ratings.criteria.1", "hai lần"),
    ("- id: khai-tu", "- id: khai-sinh", "procedures.3", "hai lần"),
    ('name: "đăng ký khai tử"', 'name: "đăng ký khai sinh"', "procedures.3", "hai lần"),
    ("- key: niem-yet", "- key: quy-dinh", "tickets.categories.1", "hai lần"),
    ("topic: regulation", "topic: regulations", "tickets.categories.0.topic", "regulation"),
    ("highest: 5", "highest: 9", "ratings.highest", "8"),
    ("low_at_most: 2", "low_at_most: 5", "ratings.low_at_most", "thang điểm"),
    ("target_percent: 90", "target_percent: 900", "ratings.target_percent", "100"),
    ("target_percent: 90", "target_percent: -1", "ratings.target_percent", "1"),
    ("max_seconds: 180", "max_seconds: 0", "complaint.max_seconds", "30"),
    ("role: vice_chairman", "role: vice_chairmen", "notifications.officials.1.role", "vice_chairman"),
    ("login: phochutich", "login: chutich", "notifications.officials.1.login", "chutich"),
    (
        "official: chu-tich, channel: call",
        "official: chu-tick, channel: call",
        "notifications.ladders.complaint.1.official",
        "chu-tick",
    ),
    (
        "official: chu-tich, channel: call",
        "official: chu-tich, channel: calls",
        "notifications.ladders.complaint.1.channel",
        "call",
    ),
    (
        "official: chu-tich, channel: mail",
        "official: chu-tich, channel: pigeon",
        "notifications.ladders.complaint.2.channel",
        "zalo",
    ),
    ('team_by: "15:00"', 'team_by: "17:00"', "reports.team_by", "16:00"),
    ('weekly_at: "16:00"', 'weekly_at: "25:00"', "reports.weekly_at", "16:00"),
    (
        'quiet_hours: ["00:00-06:00", "21:00-24:00"]',
        'quiet_hours: ["00:00-24:00"]',
        "notifications.quiet_hours",
        "giờ làm việc",
    ),
    ("signer: head_of_office", "signer: team_leader", "reports.weekly.signer", "team_leader"),
    ("classify_days: 1", "classify_days: 11", "tickets.classify_days", "complaint.answer_days"),
    ("notice_days: 10", "notice_days: 11", "complaint.notice_days", "complaint.answer_days"),
    ("max_bytes: 50000000", "max_bytes: 1000000", "recordings.max_bytes", "complaint.max_seconds"),
    ("recording_months: 24", "recording_months: 121", "retention.recording_months", "retention.ticket_years"),
    (
        "sends_per_person_per_day: 60",
        "sends_per_person_per_day: 600",
        "notifications.sends_per_person_per_day",
        "sends_per_day",
    ),
]


def told_of(tmp_path: Path, text: str | bytes, **environment: str) -> str:
    file = tmp_path / "office.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError) as caught:
        load_settings({"TONGDAI_CONFIG": str(file), **environment})
    return str(caught.value)


@pytest.mark.row("B-15")
@pytest.mark.row("F-18")
def test_every_wrong_setting_is_refused_with_its_file_key_and_line(tmp_path: Path) -> None:
    wrong = {}
    for good, bad, key, word in WRONG:
        assert good in TEXT, good
        text = TEXT.replace(good, bad, 1)
        line = TEXT[: TEXT.index(good)].count("\n") + 1
        try:
            seen = told_of(tmp_path, text)
        except pytest.fail.Exception:
            wrong[bad] = "accepted"
            continue
        named = re.search(rf"office\.yaml:(\d+): {re.escape(key)}(\.\w+)?\n  vi: (.*)\n  en: .+", seen)
        if named is None or word not in named[3]:
            wrong[bad] = seen
        elif abs(int(named[1]) - line) > 5:  # a list or a group is named by the line it begins on
            wrong[bad] = f"line {named[1]} instead of {line}"
    assert wrong == {}


@pytest.mark.row("B-15")
def test_a_line_stands_beside_every_key_of_the_file_even_one_that_is_missing(tmp_path: Path) -> None:
    for text in (TEXT.replace("\nretention:", "\nretension:"), TEXT.replace("  weekly_on: fri\n", "")):
        problems = [line for line in told_of(tmp_path, text).splitlines() if line.startswith("/")]
        assert problems
        assert all(re.search(r"office\.yaml:\d+: \w", line) for line in problems)


@pytest.mark.row("B-15")
def test_a_file_that_is_none_is_refused_in_a_sentence(tmp_path: Path) -> None:
    assert "tệp trống" in told_of(tmp_path, b"  \n")
    assert "UTF-8" in told_of(tmp_path, TEXT.encode("utf-16"))
    assert "YAML" in told_of(tmp_path, "a: [")
    with pytest.raises(SettingsError, match="phải là một tệp"):
        load_settings({"TONGDAI_CONFIG": "/dev/zero"})
    with pytest.raises(SettingsError, match="phải là một tệp"):
        load_settings({"TONGDAI_CONFIG": str(tmp_path)})
    with pytest.raises(SettingsError, match="không có tệp"):
        load_settings({"TONGDAI_CONFIG": str(tmp_path / "none.yaml")})


@pytest.mark.row("B-15")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "99999"),
        ("PORT", "abc"),
        ("PORT", "-1"),
        ("TONGDAI_PUBLIC_URL", "https://x.vn/?a=b"),
        ("TONGDAI_PUBLIC_URL", "https://x .vn"),
        ("TONGDAI_PUBLIC_URL", "https://"),
        ("TONGDAI_PUBLIC_URL", "https:///x"),
        ("TONGDAI_PUBLIC_URL", "x.vn"),
        ("TONGDAI_PUBLIC_URL", "https://a..vn"),
        ("TONGDAI_PUBLIC_URL", "https://-a.vn"),
        ("TONGDAI_PUBLIC_URL", "https://999.1.1.1"),
        ("TONGDAI_PUBLIC_URL", "https://x.vn:"),
        ("TONGDAI_NOW", "hôm qua"),
        ("TONGDAI_NOW", "2026-13-01T00:00"),
        ("TONGDAI_NOW", "0000-01-01T00:00"),
        ("TONGDAI_NOW", "2026-11-25T09:10@x"),
        ("TONGDAI_MODE", "productoin"),
        ("TONGDAI_HOST", "999.9.9.9"),
        ("TONGDAI_HOST", "a b"),
        ("TONGDAI_DATA", "~nobody-of-that-name/var"),
        ("TONGDAI_DATABASE_URL", "postgresql://h:port/d"),
        ("TONGDAI_DATABASE_URL", "sqlite:////srv/book.db?x=1"),
        ("TONGDAI_CHANNEL_CHUTICH_ZALO", "zalo://x/y"),
        ("TONGDAI_CHANNEL_CHU_TICH_ZALOO", "zalo://x/y"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"TONGDAI_CONFIG": str(CONFIG), name: value})
    assert [problem.key for problem in caught.value.problems] == [name]


@pytest.mark.row("B-15")
def test_a_name_close_to_a_right_one_is_answered_with_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="có phải ý bạn là TONGDAI_CHANNEL_CHU_TICH_ZALO"):
        load_settings({"TONGDAI_CONFIG": str(CONFIG), "TONGDAI_CHANNEL_CHUTICH_ZALO": "zalo://x/y"})
    with pytest.raises(SettingsError, match="có phải ý bạn là production"):
        load_settings({"TONGDAI_CONFIG": str(CONFIG), "TONGDAI_MODE": "prodution"})
    seen = told_of(tmp_path, TEXT.replace("official: truc, channel: call", "official: truc, channel: cal", 1))
    assert "có phải ý bạn là call?" in seen


def test_a_channel_of_another_name_is_good_once_it_has_an_address(tmp_path: Path) -> None:
    file = tmp_path / "office.yaml"
    file.write_text(TEXT.replace("official: truc, channel: mail", "official: truc, channel: matrix"), "utf-8")
    settings = load_settings({"TONGDAI_CONFIG": str(file), "TONGDAI_CHANNEL_TRUC_MATRIX": "matrix://x"})
    assert settings.channel_address("truc", "matrix") == "matrix://x"


def test_the_roles_of_the_settings_are_the_roles_that_have_rights() -> None:
    assert set(get_args(LeaderRole)) <= set(ROLES)
