"""Makes config.yaml and the environment file of an office out of the answers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from ivr.commands.setting_up import answers as reading
from ivr.commands.setting_up.questions import CHANNELS, ON_DUTY
from logbook.plain_text import folded
from logbook.settings.communes import Commune
from logbook.settings.config_file import DAYS
from logbook.settings.edited import Block, Place, quoted, with_values
from logbook.texts.spoken import SPELLERS

WORKING_DAYS = DAYS[:5]
_OFFICIALS = ("chairman", "vice_chairman", "head_of_office", "duty_1", "head_of_desk")
"""Whose answers go into which entry of notifications.officials, in the order of the file."""


def config_text(template: str, answers: Mapping[str, str]) -> str:
    """The office's config.yaml: the template with its explanations, and this office's values."""
    commune = reading.commune(answers["commune"])
    changes: dict[Place, object] = {
        **_office(commune, answers),
        **_hours(answers),
        **_people(answers),
        ("trial", "guests"): [answers["own_number"]],
    }
    text = with_values(template, changes)
    return text.replace("# Cấu hình của tổng đài.", f"# Cấu hình của tổng đài {commune.in_sentence}.", 1)


def office_text(template: str, commune: Commune, answers: Mapping[str, str]) -> str:
    """The template under the name of an office whose people and hours are still to be entered."""
    text = with_values(template, _office(commune, answers))
    return text.replace("# Cấu hình của tổng đài.", f"# Cấu hình của tổng đài {commune.in_sentence}.", 1)


def environment_text(answers: Mapping[str, str], config: Path, data: Path) -> str:
    """The file of secrets and addresses, for a trial; what was not known yet is made up and marked."""
    from cryptography.fernet import Fernet

    sid = answers["account_sid"] or f"AC{secrets.token_hex(16)}"
    token = answers["auth_token"] or secrets.token_hex(16)
    made_up = (
        []
        if answers["account_sid"] and answers["auth_token"]
        else ["# Hai dòng dưới là giá trị tạm, thay bằng của nhà cung cấp."]
    )
    lines = [
        "# Bí mật và địa chỉ của tổng đài. Chỉ người quản trị được đọc tệp này.",
        "# Cất một bản cùng các bản sao lưu.",
        "# Chạy thử với khách mời; khi chạy thật: TONGDAI_MODE=production",
        "TONGDAI_MODE=trial",
        f"TONGDAI_CONFIG={config}",
        f"TONGDAI_DATA={data}",
        f"TONGDAI_PUBLIC_URL={answers['public_url']}",
        "# Proxy phía trước (Caddy, nginx) chạy trên cùng máy",
        "TONGDAI_TRUSTED_PROXIES=127.0.0.1",
        *made_up,
        f"TWILIO_ACCOUNT_SID={sid}",
        f"TWILIO_AUTH_TOKEN={token}",
        "# Giữ mãi hai khóa sau, không bao giờ đổi bằng tay",
        f"SECRET_KEY={secrets.token_urlsafe(48)}",
        f"TONGDAI_DATA_KEY={Fernet.generate_key().decode()}",
        *(f"TONGDAI_CHANNEL_{name}={answers[key]}" for key, name in CHANNELS.items() if answers[key]),
    ]
    return "\n".join(lines) + "\n"


def look_text(config: Path, data: Path) -> str:
    """The environment file for looking at the program with the sample month, in a folder of its own."""
    lines = [
        "# Xem thử bằng tháng mẫu, trong thư mục riêng: không đụng đến sổ thật",
        "TONGDAI_MODE=demo",
        f"TONGDAI_CONFIG={config}",
        f"TONGDAI_DATA={data}",
    ]
    return "\n".join(lines) + "\n"


def _office(commune: Commune, answers: Mapping[str, str]) -> dict[Place, object]:
    spell = SPELLERS["vi"].number
    spoken = re.sub(r"[0-9]+", lambda found: spell(int(found[0])), commune.in_sentence)
    agency = f"Ủy ban nhân dân {commune.in_sentence}"
    above = f"Ủy ban nhân dân {commune.province_in_sentence}"
    return {
        ("office", "name_spoken"): spoken,
        ("office", "agency"): agency,
        ("office", "province"): commune.province_in_sentence,
        ("office", "superior"): above,
        ("office", "address"): answers["address"],
        (
            "office",
            "reception_place",
        ): f"phòng tiếp công dân tại trụ sở Ủy ban nhân dân {commune.kind.lower()}",
        ("office", "email"): answers["email"] or None,
        ("office", "website"): answers["website"] or None,
        ("office", "hamlets", "kind"): "thôn" if commune.kind == "Xã" else "tổ dân phố",
        ("office", "hamlets", "names"): reading.listed(answers["hamlets"]),
        ("line", "number"): answers["number"],
        ("tickets", "transfer_targets", 0): above,
        ("tickets", "transfer_targets", 1): f"Công an {commune.kind.lower()}",
        ("reports", "place"): commune.place,
        ("reports", "weekly", "addressed"): f"Chủ tịch {agency}",
        ("reports", "superior", "addressed"): f"{above} (qua Sở Nội vụ)",
    }


def _hours(answers: Mapping[str, str]) -> dict[Place, object]:
    line, office = reading.hours(answers["hotline_hours"]), reading.hours(answers["office_hours"])
    changes: dict[Place, object] = {("calendars", "hotline", "sat"): reading.hours(answers["saturday_hours"])}
    for day in (*WORKING_DAYS, "makeup"):
        changes["calendars", "hotline", day] = line
        changes["calendars", "office", day] = office
    return changes


def _people(answers: Mapping[str, str]) -> dict[Place, object]:
    on_duty = [
        (answers[f"{who}_name"], answers[f"{who}_number"]) for who in ON_DUTY if answers[f"{who}_name"]
    ]
    keys = _keys([name for name, _ in on_duty])
    changes: dict[Place, object] = {
        ("duty", "people"): _people_block(keys, on_duty),
        ("duty", "fallback"): keys[-1:] if len(keys) > 1 else [],
        ("duty", "emergency_operator"): keys[0],
    }
    rung = keys[:-1] or keys
    for index, day in enumerate(WORKING_DAYS):
        turned = index % len(rung)
        changes["duty", "roster", day] = rung[turned:] + rung[:turned]
    changes["duty", "roster", "sat"] = rung if answers["saturday_hours"] else []
    for index, who in enumerate(_OFFICIALS):
        changes["notifications", "officials", index, "name"] = answers[f"{who}_name"]
        changes["notifications", "officials", index, "number"] = answers[f"{who}_number"]
    changes["notifications", "officials", _OFFICIALS.index("duty_1"), "login"] = keys[0]
    return changes


def _people_block(keys: list[str], people: list[tuple[str, str]]) -> Block:
    """The list of duty.people; the explanations stand with the first of them, as in the template."""
    role = "van_phong_thong_ke"
    title = quoted("Công chức Văn phòng - Thống kê")
    lines = []
    for index, (key, (name, number)) in enumerate(zip(keys, people, strict=True)):
        fields = [
            (
                "# Mã riêng, cũng là tài khoản ở trang làm việc / Own key, and the account on the console",
                f"id: {key}",
            ),
            ("# Họ tên / Full name", f"name: {quoted(name)}"),
            ("# Chức danh / Title", f"title: {title}"),
            (
                "# Mã vai trò; lịch trực chỉ ghi người mang vai trò duty.role / Key of the role",
                f"role: {role}",
            ),
            (
                "# Số máy cố định hoặc di động Việt Nam / Vietnamese landline or mobile number",
                f"number: {quoted(number)}",
            ),
        ]
        for place, (comment, field) in enumerate(fields):
            if index == 0 and place > 0:
                lines.append(f"      {comment}")
            lines.append(f"    - {field}" if place == 0 else f"      {field}")
    return Block("\n".join(lines).lstrip())


def _keys(names: list[str]) -> list[str]:
    """A short key for each person: the given name without marks, numbered where two share it."""
    keys: list[str] = []
    for name in names:
        base = re.sub(r"[^a-z0-9]", "", folded(name).split()[-1]) or "nguoi"
        base = base if base[0].isalpha() else f"n{base}"
        key, number = base[:30], 2
        while key in keys:
            key, number = f"{base[:30]}{number}", number + 1
        keys.append(key)
    return keys
