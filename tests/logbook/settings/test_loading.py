"""Settings: the shipped file is good and explained, and every way to spoil it is named in two languages."""

import copy
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import yaml

from logbook.calendar.of_settings import working_times
from logbook.calendar.working_days import DayOverride
from logbook.phone_numbers import dotted
from logbook.settings.environment import DEMO_AUTH_TOKEN, DEMO_SECRET_KEY
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings, load_settings, read_config
from tests import frozen
from tests.frozen import CONFIG, HOUSE

PRODUCTION = {
    "TONGDAI_MODE": "production",
    "TONGDAI_PUBLIC_URL": "https://tongdai.example.vn",
    "TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
    "TWILIO_AUTH_TOKEN": "canary-token-1234567890",
    "SECRET_KEY": "canary-secret-1234567890",
}
Place = tuple[str | int, ...]
OPTIONAL = re.compile(
    r"office\.(email|website|hamlets)|reports\.superior|checklists\.\d+\.stale_days|line\.(caller_id|asterisk)|duty\.emergency_operator|dossiers\.campaign|citizens\.(sms_sender|zns)|notifications\.officials\.\d+\.login|notifications\.ladders\.desk"
    r"|duty\.people\.\d+\.login"
    r"|reports\.\w+\.(issuer|addressed|signed_for)"
)
MAY_BE_EMPTY = re.compile(
    r"calendars\.\w+\.\w+|official_days\.2026\.days|duty\.(roster\.\w+|fallback)"
    r"|notifications\.quiet_hours|team\.(allowance|excluded)|reports\.\w+\.basis|checklists|checklists\.\d+\.items|line\.asterisk\.telephones|counters\.services|connections\.webhook_hosts"
)
DATA_KEYS = {"official_days.2026"}
MAY_BE_MISSING = {
    "citizens.zns",
    "line.carrier",
    "line.asterisk",
    "line.accent",
    "duty.people.0.login",
    "duty.remind_at",
    "notifications.officials.3.on_duty",
} | {
    "team",
    "team.allowance",
    "team.excluded",
    "rating_form",
    "rating_form.instrument",
    "rating_form.version",
    "rating_form.ask_name",
    "rating_form.evaluation_day",
    "office.email",
    "office.website",
    "duty.key_to_accept",
    "notifications.ladders.desk",
    "retention.publicity_years",
    "retention.list_years",
    "retention.internal_check_years",
    "retention.comment_years",
    "retention.slip_years",
    "retention.dossier_years",
    "publications",
    "publications.notice_by_day",
    "publications.smallest_group",
    "publications.notice_sign",
    "publications.board",
    "publications.channels",
    "reports.superior",
    "office.hamlets",
    "checklists",
    "counters",
    "retention.plan_years",
    "plan",
    "plan.remind_days",
    "plan.largest_file_mb",
    "citizens.sms_gateway",
    "citizens.sms_gateway_url",
    "connections",
    "connections.api_per_minute",
    "connections.webhook_hours",
    "connections.webhook_hosts",
    "transcripts",
    "transcripts.enabled",
    "transcripts.minutes",
    "transcripts.memory_mb",
}
"""What a configuration of before may leave out."""


class _Texts(yaml.SafeLoader):
    """Leaves dates as text, as the strict reader does."""


_Texts.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
GOOD: dict[str, Any] = yaml.load(CONFIG.read_text("utf-8"), Loader=_Texts)


def places(data: Any, place: Place = ()) -> Iterator[Place]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*place, key)
        yield from places(value, (*place, key))


def dotted_place(place: Place) -> str:
    return ".".join(str(part) for part in place)


def parent_of(data: Any, place: Place) -> Any:
    for part in place[:-1]:
        data = data[part]
    return data


def load(tmp_path: Path, data: Any) -> Settings:
    file = tmp_path / "office.yaml"
    file.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
    return load_settings({"TONGDAI_CONFIG": str(file)})


def refused(tmp_path: Path, data: Any, key: str) -> SettingsError:
    """Load and expect a refusal which names the file and the key, with a reason in both languages."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, data)
    seen = str(caught.value)
    assert "office.yaml" in seen
    assert "Traceback" not in seen
    assert re.search(rf": {re.escape(key)}(\.|$)", seen, re.MULTILINE), f"{key} is not named in:\n{seen}"
    assert all(problem.vietnamese and problem.english for problem in caught.value.problems)
    assert seen.count("\n  vi: ") == seen.count("\n  en: ") == len(caught.value.problems)
    return caught.value


# Every key once: of a list only the first entry, the others have the same shape.
ALL = [
    place
    for place in places(GOOD)
    if all(part == 0 for part in place if isinstance(part, int) and part < 2000)
]
KEYS = [place for place in ALL if isinstance(parent_of(GOOD, place), dict)]


def refused_everywhere(tmp_path: Path, at: Iterable[Place], spoil: Callable[[Any, Place], str]) -> list[str]:
    """Spoil each place, many in one file; one whose key is not named there has to be refused alone.

    `spoil` changes the data and returns the key to be named. Returns the English reasons of all.
    """
    reasons = []
    waiting = sorted(at, key=lambda place: (len(place), dotted_place(place)))
    for _depth, places_of_one_depth in groupby(waiting, key=len):
        together, data = list(places_of_one_depth), copy.deepcopy(GOOD)
        keys = [spoil(data, place) for place in together]
        named = refused(tmp_path, data, keys[0]).problems if together else ()
        reasons += [problem.english for problem in named]
        for place, key in zip(together, keys, strict=True):
            if not any(problem.key == key or problem.key.startswith(f"{key}.") for problem in named):
                alone = copy.deepcopy(GOOD)
                spoil(alone, place)
                reasons += [problem.english for problem in refused(tmp_path, alone, key).problems]
    return reasons


@pytest.mark.row("F-18")
def test_a_missing_key_is_named(tmp_path: Path) -> None:
    def leave_out(data: Any, place: Place) -> str:
        del parent_of(data, place)[place[-1]]
        return dotted_place(place)

    needed = [place for place in KEYS if dotted_place(place) not in DATA_KEYS | MAY_BE_MISSING]
    refused_everywhere(tmp_path, needed, leave_out)


@pytest.mark.row("F-18")
@pytest.mark.parametrize(
    "wrong", [[[]], {"a": {"b": 1}}, 1.5, -1, 10**17, "", " ", None, "\x00", "a\tb", True, []]
)
def test_a_value_of_the_wrong_type_or_out_of_bounds_is_named(tmp_path: Path, wrong: Any) -> None:
    def put(data: Any, place: Place) -> str:
        parent_of(data, place)[place[-1]] = wrong
        return dotted_place(place)

    def is_good(place: Place) -> bool:
        name = dotted_place(place)
        return (wrong is None and OPTIONAL.fullmatch(name) is not None) or (
            wrong == [] and MAY_BE_EMPTY.fullmatch(name) is not None
        )

    for place in filter(is_good, ALL):
        data = copy.deepcopy(GOOD)
        put(data, place)
        load(tmp_path, data)
    switches = {
        place for place in ALL if wrong is True and isinstance(parent_of(GOOD, place)[place[-1]], bool)
    }
    refused_everywhere(
        tmp_path, [place for place in ALL if not is_good(place) and place not in switches], put
    )


@pytest.mark.row("F-18")
def test_an_unknown_key_is_named_and_the_near_one_is_suggested(tmp_path: Path) -> None:
    def misspell(data: Any, place: Place) -> str:
        group, name = parent_of(data, place), str(place[-1])
        group[f"{name}x"] = group.pop(place[-1])
        return dotted_place((*place[:-1], f"{name}x"))

    spoilt = [place for place in KEYS if dotted_place(place) not in DATA_KEYS]
    reasons = refused_everywhere(tmp_path, spoilt, misspell)
    suggested = [reason for reason in reasons if "did you mean" in reason]
    assert len(suggested) >= len([place for place in spoilt if len(str(place[-1])) > 4])


@pytest.mark.row("F-18")
def test_a_key_of_an_earlier_release_is_met_with_its_new_name(tmp_path: Path) -> None:
    for old, new in {"telling": "notifications", "keeping": "retention", "budgets": "rate_limits"}.items():
        data = copy.deepcopy(GOOD)
        data[old] = data.pop(new)
        reasons = str(refused(tmp_path, data, old))
        assert f"khóa này nay tên là {new}" in reasons
        assert f"this key is now called {new}" in reasons


@pytest.mark.row("F-18")
def test_a_key_that_stands_twice_is_named_with_both_lines(tmp_path: Path) -> None:
    lines = CONFIG.read_text("utf-8").splitlines()
    plain = re.compile(r" *([a-z_]+): *\S.*")
    doubled = [number for number, line in enumerate(lines) if plain.fullmatch(line)]
    assert len(doubled) > 90
    for number in doubled[::8]:
        text = "\n".join([*lines[: number + 1], lines[number], *lines[number + 1 :]])
        key = lines[number].split(":")[0].strip()
        with pytest.raises(SettingsError) as caught:
            load(tmp_path, text)
        problem = caught.value.problems[0]
        assert problem.key.rpartition(".")[2] == key
        assert (problem.line, f"line {number + 1})" in problem.english) == (number + 2, True)


@pytest.mark.row("F-18")
@pytest.mark.parametrize(
    ("place", "value", "key"),
    [
        (("line", "number"), "19001234", "line.number"),
        (("line", "number"), "0258.3842", "line.number"),
        (("line", "api_url"), "ftp://example.vn", "line.api_url"),
        (("line", "language"), "vie", "line.language"),
        (("calendars", "hotline", "mon"), ["8:00-11:00"], "calendars.hotline.mon.0"),
        (("calendars", "hotline", "mon"), ["11:00-08:00"], "calendars.hotline.mon.0"),
        (("calendars", "team", "tue"), ["08:00-11:00", "10:00-12:00"], "calendars.team.tue"),
        (("official_days", 2026, "days", 0, "date"), "2026-02-30", "official_days.2026.days.0.date"),
        (("official_days", 2026, "days", 0, "date"), "2025-01-02", "official_days.2026.days"),
        (("official_days", 2026, "days", 0, "date"), "2026-01-10", "official_days.2026.days"),
        (("official_days", 2026, "days", 0, "worked"), "yes", "official_days.2026.days.0.worked"),
        (("official_days",), {"20266": GOOD["official_days"][2026]}, "official_days.20266"),
        (("procedures", 1, "id"), "chung-thuc-ban-sao", "procedures"),
        (("procedures", 0, "fee"), "Lệ phí 2000 đồng", "procedures.0.fee"),
        (("procedures",), [dict(GOOD["procedures"][0], id=f"p{n}") for n in range(9)], "procedures"),
        (("emergency_numbers", 1, "number"), "113", "emergency_numbers"),
        (("duty", "people", 1, "id"), "an", "duty.people"),
        (("duty", "people", 0, "number"), "+12125550100", "duty.people.0.number"),
        (("duty", "roster", "fri"), ["an", "ngoc"], "duty.roster.fri"),
        (("duty", "roster", "fri"), ["an", "an"], "duty.roster.fri"),
        (("duty", "fallback"), ["ai"], "duty.fallback"),
        (("duty", "emergency_operator"), "ai", "duty.emergency_operator"),
        (("ratings", "criteria", 1, "key"), "tc1", "ratings.criteria"),
        (("ratings", "low_at_most"), 5, "ratings.low_at_most"),
        (("ratings", "target_percent"), 101, "ratings.target_percent"),
    ],
)
def test_a_contradiction_is_named(tmp_path: Path, place: Place, value: Any, key: str) -> None:
    data = copy.deepcopy(GOOD)
    parent_of(data, place)[place[-1]] = value
    refused(tmp_path, data, key)


@pytest.mark.row("F-18")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "a",
        "a: [",
        "\t",
        "a: &x 1\nb: *x",
        "? [a]\n: 1",
        "- " * 500,
        "{a: " * 2000,
        "\x00",
        "!!python/x 1",
    ],
)
def test_a_file_that_is_no_configuration_is_refused_in_two_languages(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert "office.yaml" in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(SettingsError, match=re.escape(str(path))):
            read_config(path)
    (tmp_path / "latin.yaml").write_bytes("office: xã".encode("latin-1"))
    with pytest.raises(SettingsError, match="UTF-8"):
        read_config(tmp_path / "latin.yaml")


@pytest.mark.row("T-04")
@pytest.mark.parametrize(
    "key", ["auth_token", "TWILIO_AUTH_TOKEN", "SECRET_KEY", "password", "twilio_account_sid"]
)
def test_a_secret_in_the_file_is_refused_without_repeating_it(tmp_path: Path, key: str) -> None:
    for place in ((), ("line",)):
        data = copy.deepcopy(GOOD)
        (data["line"] if place else data)[key] = "canary-value"
        error = refused(tmp_path, data, ".".join((*place, key)))
        assert "environment" in str(error)
        assert "canary-value" not in str(error)


def test_every_setting_is_explained_in_two_languages() -> None:
    """Each key has, at its first occurrence, a comment "Vietnamese / English" above it or on its line.

    All ladders have the same steps, explained at the first.
    """
    text = (HOUSE / "config.yaml").read_text("utf-8")
    lines, explained, place = text.splitlines(), set(), [(-1, "")]
    known = {re.sub(r"\.\d\b", "", dotted_place(place)) for place in KEYS}
    known -= {name for name in known if re.fullmatch(r"notifications\.ladders\.(?!complaint)\w+\.\w+", name)}
    for number, line in enumerate(lines):
        found = re.fullmatch(r"( *)(- )?(\w+):(.*)", line)
        if found is None:
            continue
        depth = len(found[1]) + len(found[2] or "")
        place = [part for part in place if part[0] < depth] + [(depth, found[3])]
        above, comment = number, found[4].partition(" # ")[2]
        while lines[above - 1].lstrip().startswith("#"):
            above -= 1
            comment = lines[above].lstrip(" #") + " " + comment
        if " / " in comment or "/ " in comment:
            explained.add(".".join(name for _, name in place[1:]))
    assert len(known) > 90
    assert known - explained == set()


@pytest.mark.row("000-11")
@pytest.mark.row("000-10")
def test_the_office_of_the_suite_is_what_the_plan_of_the_hotline_says() -> None:
    settings = load_settings(frozen.OFFICE)
    assert settings.line.number == "+842583842102"
    assert settings.line.number_shown == "0258.3842.102"
    assert settings.duty.role == "van_phong_thong_ke"
    assert [str(window) for window in settings.calendars.hotline.fri] == ["08:00-11:00", "14:00-16:30"]
    assert [str(window) for window in settings.calendars.team.fri] == ["08:00-10:00", "14:00-16:00"]
    assert [criterion.key for criterion in settings.ratings.criteria] == ["tc1", "tc2", "tc3", "tc4", "tc5"]
    assert settings.ratings.target_percent == 90
    assert dotted(settings.duty.person("an").number).startswith("0258.3842.1")


def test_the_three_calendars_follow_the_official_days() -> None:
    times = working_times(load_settings(frozen.OFFICE))
    off, swapped = datetime(2026, 1, 2, 2, tzinfo=UTC), datetime(2026, 1, 10, 2, tzinfo=UTC)
    for calendar in (times.hotline, times.team, times.office):
        assert not calendar.at(off).is_open
        assert calendar.at(swapped).is_open


def test_a_day_the_office_decided_since_is_stronger_than_the_file() -> None:
    settings, decided = load_settings(frozen.OFFICE), date(2026, 1, 2)
    worked = working_times(settings, [DayOverride(decided, worked=True, reason="đi làm")])
    assert worked.days.is_working_day(decided)
    assert worked.days.is_working_day(date(2026, 1, 10))
    assert not working_times(settings).days.is_working_day(decided)


def test_a_demonstration_starts_with_nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings.is_demo
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.provider_url == "http://127.0.0.1:8000/provider"
    assert settings.data_folder == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path}/var/tongdai.db"
    assert settings.config_file.is_absolute()
    assert settings.auth_token.get_secret_value() == DEMO_AUTH_TOKEN


def test_the_file_in_the_current_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text(
        CONFIG.read_text("utf-8").replace("xã Đại Lãnh", "xã Vạn Ninh"), "utf-8"
    )
    monkeypatch.chdir(tmp_path)
    assert load_settings({}).office.name_spoken == "xã Vạn Ninh"
    assert load_settings(frozen.OFFICE).office.name_spoken == "xã Đại Lãnh"


def test_production_starts_with_real_secrets_and_https() -> None:
    settings = load_settings(PRODUCTION)
    assert not settings.is_demo
    assert settings.provider_url == "https://api.twilio.com"
    assert settings.voice_url == "https://tongdai.example.vn/ivr/voice"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWILIO_ACCOUNT_SID", ""),
        ("TWILIO_AUTH_TOKEN", ""),
        ("SECRET_KEY", "   "),
        ("SECRET_KEY", "too-short"),
        ("SECRET_KEY", DEMO_SECRET_KEY),
        ("SECRET_KEY", DEMO_AUTH_TOKEN),
        ("TWILIO_AUTH_TOKEN", DEMO_AUTH_TOKEN),
        ("TWILIO_ACCOUNT_SID", "../../etc/passwd00000000"),
        ("TONGDAI_NOW", "2026-11-25T09:10:00+07:00"),
        ("TONGDAI_PUBLIC_URL", "http://tongdai.example.vn"),
        ("TONGDAI_PUBLIC_URL", ""),
    ],
)
def test_production_refuses_to_start_half_configured(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({**PRODUCTION, name: value})
    assert [problem.key for problem in caught.value.problems] == [name]
    assert not value.strip() or value not in str(caught.value)


@pytest.mark.row("F-18")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TONGDAI_MODE", "prod"),
        ("TONGDAI_NOW", "25/11/2026"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "²"),
        ("PORT", "80a"),
        ("TONGDAI_HOST", "a b"),
        ("TONGDAI_DATABASE_URL", "mysql://u:canary@h/d"),
        ("TONGDAI_DATABASE_URL", "canary"),
        ("TONGDAI_PUBLICURL", "x"),
    ],
)
def test_a_bad_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({name: value})
    assert name in {problem.key for problem in caught.value.problems}
    assert "canary" not in str(caught.value)


def test_a_misspelt_variable_is_met_with_a_hint_and_those_of_the_tests_are_left_alone() -> None:
    with pytest.raises(SettingsError, match="did you mean TONGDAI_PUBLIC_URL"):
        load_settings({"TONGDAI_PUBLICURL": "https://example.vn"})
    assert load_settings({"TONGDAI_TEST_POSTGRES_URL": "x"}).is_demo


@pytest.mark.row("T-03")
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("port", ["", ":8443"])
@pytest.mark.parametrize("prefix", ["", "/", "/tong-dai", "/tong-dai/"])
def test_the_signed_address_is_built_from_the_public_address_alone(
    scheme: str, port: str, prefix: str
) -> None:
    settings = load_settings(
        {"TONGDAI_PUBLIC_URL": f"{scheme}://tongdai.example.vn{port}{prefix}", "PORT": "9000"}
    )
    assert settings.voice_url == f"{scheme}://tongdai.example.vn{port}{prefix.rstrip('/')}/ivr/voice"


@pytest.mark.row("T-03")
@pytest.mark.parametrize(
    "url",
    [
        "tongdai.example.vn", "ftp://example.vn", "https://", "https://u:p@example.vn", "https://example.vn?x=1",
        "https://example.vn#rc=2", "https://example.vn:99999", "https://example.vn:0", "https://example.vn:",
        "https://example.vn/a b", "https://example.vn\\x", "https://xã.vn", "https://[::1", "https://example.vn//a",
        "https://example.vn?", "https://example.vn#",
    ],
)  # fmt: skip
def test_a_public_address_the_provider_could_not_sign_alike_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="TONGDAI_PUBLIC_URL"):
        load_settings({"TONGDAI_PUBLIC_URL": url})


def test_addresses_of_postgresql_are_rewritten_for_the_driver_in_use() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        settings = load_settings({"TONGDAI_DATABASE_URL": f"{scheme}://u:p@h/d"})
        assert settings.database_url == "postgresql+psycopg://u:p@h/d"


def test_a_moved_start_is_read_in_the_demonstration() -> None:
    settings = load_settings({"TONGDAI_NOW": "2026-11-25T09:10:00+07:00"})
    assert settings.starts_at == datetime(2026, 11, 25, 2, 10, tzinfo=UTC)


@pytest.mark.row("T-04")
def test_no_secret_shows_when_the_settings_are_printed() -> None:
    settings = load_settings({**PRODUCTION, "TONGDAI_DATABASE_URL": "postgresql://u:canary-db@h/d"})
    assert "canary" not in repr(settings) + str(settings)


def test_settings_cannot_be_changed_once_read() -> None:
    settings = load_settings(frozen.OFFICE)
    for owner, name in ((settings, "port"), (settings.line, "number"), (settings.duty.people[0], "number")):
        with pytest.raises((AttributeError, ValueError)):
            setattr(owner, name, 1)
