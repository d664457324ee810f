"""Numbers that lead to a person: telephone, identity, plates, houses, dates of birth, addresses of mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logbook.publications.findings import Finding, FindingKind, bare, found

_HARMLESS = re.compile(
    r"""
    \d{3}\.\d{2}\.\d{2}\.[a-zđ]\d{2}-\d{6}-\d{4}            # a dossier: 000.00.15.H32-261103-0012
    | [a-z]\d{2}(?:\.\d{2})?-\d{6}-\d{4}                     # H32.15-261103-0012
    | \d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d{2}(?!\d)           # a date
    | \d+/(?:19|20)\d{2}/[\wđ]+(?:-[\wđ]+)*                  # 61/2018/NĐ-CP
    | \d+/[a-zđ]+(?:-[a-zđ]+)*                               # 656/KH-UBND
    | \d{1,3}(?:[.\s]\d{3})+(?:,\d+)?\s?(?:đồng|đ|vnđ|m2|m²|mét|m|km|kg|tấn|nhân\ khẩu|người|hộ)(?!\w)
    | (?:19|20)\d{2}\s?[-–]\s?(?:19|20)\d{2}(?!\d)           # 2026-2027
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DIGITS = re.compile(r"\(?\+?[\dOo](?:[\s.,\-–()/·_]*\d){5,}")
_LABELLED = re.compile(
    r"(?:điện thoại(?: bàn)?|số máy|sđt|đt|zalo|gọi số|tài khoản|stk|cccd|cmnd|căn cước|hộ chiếu"
    r"|chứng minh nhân dân)"
    r"[^\d\n]{0,30}(\d(?:[\s.\-]?\d){5,})",
    re.IGNORECASE,
)
_OF_PAPERS = re.compile(r"tài khoản|stk|cccd|cmnd|căn cước|hộ chiếu|chứng minh", re.IGNORECASE)
_END_OF_NUMBER = re.compile(
    r"(?:đuôi|(?:số|chữ số) cuối|kết thúc bằng|bắt đầu bằng|đầu số)[^\d\n]{0,40}\d{3,}"
    r"|(?<![\d.,/])0[35789]\d{5,7}(?!\d)",
    re.IGNORECASE,
)
"""Part of a number, by which somebody who knows the rest is sure."""
_PAPER = re.compile(
    r"(?:giấy (?:khai sinh|chứng tử|báo tử|kết hôn|đăng ký kết hôn|chứng nhận|xác nhận"
    r"|chứng sinh|ủy quyền|phép lái xe)"
    r"|trích lục|thẻ|sổ (?:đỏ|hồng|hộ khẩu|tiết kiệm)|vào sổ|biên nhận|biên lai|phiếu hẹn|đơn|bệnh án)"
    r"(?:(?!quầy|mẫu|theo|tại|phòng|bàn|nghị|thông|quyết|luật|điều|cửa|tờ|khoản)[^\d\n.,;]){0,30}"
    r"số:?\s*(?:[A-ZĐ]{1,3}\s?)?\d+(?!\d*/[A-ZĐ])"
    r"|vào sổ[^\d\n.,;]{0,30}\d+|quyển số:?\s*\d+",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"(?<![\w/])(?:[A-ZĐ]{2}\s?\d{6}|[A-Z]\d{7}|[A-Z]{2}\d{10,13})(?!\w)")
_PLATE = re.compile(
    r"(?<![\w/.])\d{2}\s?[-.]?\s?(?!QĐ|NĐ|TT|KH|BC|TB|UB|CV|NQ|CT)[A-ZĐ]{1,2}\d?[\s.-]{0,3}\d{3}[\s.]?\d{1,2}(?!\w)"
)
_BOAT = re.compile(
    r"(?<!\w)[A-ZĐ]{1,3}[\s.-]?\d{4,5}[\s.-]?TS(?!\w)|(?i:tàu|ghe|thuyền|bè)(?!\w)[^\d\n.,]{0,20}?[A-ZĐ]{1,3}[\s.-]?\d{4,5}(?!\d)",
)
_VEHICLE = re.compile(
    r"(?:xe|biển|ô tô|mô tô)[^\d\n.,]{0,20}\d{2}[\s.-]{0,3}[a-zđ]{1,2}\d?[\s.-]{0,3}\d{3}[\s.]?\d{1,2}(?!\d)",
    re.IGNORECASE,
)
_PLATE_NAMED = re.compile(r"(?:biển (?:kiểm soát|số|đăng ký)|bks|xe biển|có biển)[^\n]{0,40}", re.IGNORECASE)
_SOME_DIGITS = re.compile(r"(?:\d|(?<!\w)(?:không|một|hai|ba|bốn|năm|sáu|bảy|tám|chín)(?!\w)).*\d")
_NUMBER = r"\s*(?:số)?\s*\d+\s?[a-zA-Z]?(?:/\d+)*(?!\w)"
_WORD_NUMBER = r"(?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười)(?!\w)"
_HOUSE = re.compile(
    r"(?<!\w)(?:"
    r"số nhà" + rf"(?:{_NUMBER}|\s+{_WORD_NUMBER}[^.,\n]{{0,20}})"
    r"|nhà số\s*\d+\s?[a-zA-Z]?(?:/\d+)*(?!\w)"
    r"|nhà \d+\s?[A-Za-z]?(?:/\d+)*(?!\w)(?!\s*(?:tầng|gian|m2|căn))"
    r"|SN\s?(?!(?:19|20)\d{2}(?!\d))\d+[a-zA-Z]?(?!\w)"
    rf"|(?:hẻm|ngõ|ngách|kiệt|căn hộ|phòng trọ|thửa(?: đất| ruộng| vườn| rừng)?|tờ bản đồ){_NUMBER}"
    r"|lô(?: đất)?\s*(?:số\s*)?[A-Z]{0,2}-?\d+(?!\w)"
    rf"|(?:ki[- ]?ốt|kiosk|sạp|gian hàng|nhà trọ|dãy trọ|lồng bè|bè|chung cư"
    rf"|phòng(?= \d+ (?:nhà trọ|dãy))){_NUMBER}"
    r"|(?<!dân phố )tổ \d+(?=[\s,]+(?:thôn|xóm|khu|ấp))"
    r"|số \d+\s?[a-zA-Z]?(?:/\d+)* đường"
    r"|\d+\s?[a-zA-Z]?(?:/\d+)+,? đường"
    r")",
    re.IGNORECASE,
)
_AT_NUMBER = re.compile(
    r"(?i:(?<!\w)tại|(?<!\w)ở|địa chỉ:?|(?<!\w)số|(?<!\w)hộ|(?<!\w)nhà)\s+\d+[a-zA-Z]?(?:/\d+)*,?\s+"
    r"(?!Thôn|Tổ|Khu|Đội|Xã|Nghị|Luật|Quyết|Thông|Kế|Công|Chỉ|Bộ|Hội|Điều|Đoạn|Trường|Km)"
    r"[A-ZĐÂÊÔĂƯ][^\W\d_]+ [A-ZĐÂÊÔĂƯ]"
)
_NO_BIRTH = (
    "".join(rf"(?<!{word} )" for word in ("khai", "học", "vệ", "phát", "chứng", "thí", "tái", "hy", "giáo"))
    + "(?<!(?<!công )(?<!người )dân )"
)
_BIRTH = re.compile(
    rf"(?:{_NO_BIRTH}(?<!\w)sinh (?:ngày|năm|tháng \d{{1,2}}(?: năm)?)?"
    r"|(?:ngày|năm)(?: tháng năm)? sinh(?! trên)[^\d\n.,;]{0,30}|(?<!\w)(?:s\.?n|ns)\.?)"
    r"\s*[:.]?\s*(?:(?:mùng|mồng|khoảng) )?"
    r"(?:\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:19|20)?\d{2}(?!\d)|\d{1,2} tháng \w|(?:19|20)\d{2}(?!\d)"
    rf"|{_WORD_NUMBER})",
    re.IGNORECASE,
)
_MAIL = re.compile(
    r"[\w.+-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+[^\s,;]*"
    r"|(?:facebook|fb|zalo|tiktok)\.(?:com|me|vn)/\S*"
    r"|(?<!\w)(?:facebook|fb|tiktok|zalo|youtube|viber|telegram|instagram|messenger)(?: tên)?\s+"
    r"(?!OA(?!\w)|Official|Công an|Ủy ban|UBND|Văn phòng|Trang|Trung tâm|Mặt trận|Đoàn|Hội)"
    r"(?-i:[A-ZĐÂÊÔƠƯ])\w+(?: \w+)?"
    r"|(?<!\w)@\w+[\w.]*"
    r"|\w+ (?:at|a móc|a vòng) \w+ (?:chấm|dot) \w+"
    r"|\w+ a còng \w+[^.\n]{0,20}",
    re.IGNORECASE,
)
_SPOKEN = {
    word: digit
    for digit, words in enumerate(("khong", "mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin"))
    for word in words.split()
} | {"lam": 5, "tu": 4, "bẩy": 7}
_FILLERS = frozenset({"muoi", "linh", "le"})
_SPOKEN_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_SPOKEN_AT_LEAST = 7
_SHORTEST = 9
"""Digits that make a telephone or identity number; fewer only beside a word that says so."""


def numbers(text: str, allowed: frozenset[str]) -> Iterator[Finding]:
    """Yield every number or address that leads to a person; `allowed` are digits or mail of the office."""
    masked = _HARMLESS.sub(lambda one: " " * (len(one[0]) - 1) + ";", text)
    yield from _runs(masked, text, allowed)
    yield from _spoken(text, allowed)
    simple = (
        (FindingKind.IDENTITY, _SERIAL),
        (FindingKind.IDENTITY, _PAPER),
        (FindingKind.PHONE, _END_OF_NUMBER),
        *((FindingKind.PLATE, each) for each in (_PLATE, _BOAT, _VEHICLE)),
        (FindingKind.HOUSE, _AT_NUMBER),
    )
    for kind, pattern in simple:
        yield from (found(kind, text, one.start(), one.end()) for one in pattern.finditer(masked))
    for kind, pattern in ((FindingKind.HOUSE, _HOUSE), (FindingKind.BIRTH, _BIRTH)):
        yield from (found(kind, text, one.start(), one.end()) for one in pattern.finditer(text))
    for one in _PLATE_NAMED.finditer(masked):
        if _SOME_DIGITS.search(one[0]):
            yield found(FindingKind.PLATE, text, one.start(), one.end())
    for one in _MAIL.finditer(text):
        if one[0].rstrip(".").lower() not in allowed:
            yield found(FindingKind.EMAIL, text, one.start(), one.end())


def _runs(masked: str, text: str, allowed: frozenset[str]) -> Iterator[Finding]:
    for one in _DIGITS.finditer(masked):
        digits = _digits(one[0])
        if len(digits) >= _SHORTEST and digits not in allowed:
            yield found(_kind(digits), text, one.start(), one.end())
    for one in _LABELLED.finditer(masked):
        digits = _digits(one[1])
        if digits not in allowed:
            kind = FindingKind.IDENTITY if _OF_PAPERS.match(one[0]) else _kind(digits)
            yield found(kind, text, one.start(), one.end())


def _digits(text: str) -> str:
    digits = "".join(sign for sign in text.replace("O", "0").replace("o", "0") if sign.isdigit())
    return "0" + digits[2:] if digits.startswith("84") and len(digits) in (11, 12) else digits


def _kind(digits: str) -> FindingKind:
    mobile = len(digits) == _SHORTEST and digits[0] in "35789"
    is_phone = mobile or (digits.startswith("0") and len(digits) in (10, 11)) or len(digits) < _SHORTEST
    return FindingKind.PHONE if is_phone else FindingKind.IDENTITY


def _spoken(text: str, allowed: frozenset[str]) -> Iterator[Finding]:
    """Numbers in words, or words and digits mixed: seven digits and more in a row."""
    run: list[re.Match[str]] = []
    for token in [*_SPOKEN_TOKEN.finditer(text), None]:
        if token is not None and _is_digit(token[0], bool(run)) and _adjoins(run, token, text):
            run.append(token)
            continue
        digits = "".join(_value(one[0]) for one in run)
        long = any(one[0].isdigit() and len(one[0]) > 2 for one in run) and run[0][0][0] != "0"
        spelled = any(one[0].isalpha() for one in run) and not long
        if spelled and len(digits) >= _SPOKEN_AT_LEAST and digits not in allowed:
            is_phone = digits.startswith(("0", "84")) and len(digits) < 13
            kind = FindingKind.PHONE if is_phone else _kind(digits)
            yield found(kind, text, run[0].start(), run[-1].end())
        run = [token] if token is not None and _is_digit(token[0], False) else []


def _is_digit(word: str, within: bool) -> bool:
    plain = bare(word)
    return word.isdigit() or plain in _SPOKEN or (within and plain in _FILLERS)


def _adjoins(run: list[re.Match[str]], token: re.Match[str], text: str) -> bool:
    return not run or not text[run[-1].end() : token.start()].strip(" ,.-")


def _value(word: str) -> str:
    return word if word.isdigit() else str(_SPOKEN.get(bare(word), ""))
