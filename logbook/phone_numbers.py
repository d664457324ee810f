"""Telephone numbers as they arrive, as we keep them and as we show them."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

RAW_LIMIT = 128
_READ_LIMIT = 1024
WITHHELD = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private", "blocked", "withheld"})
WITHHELD_NUMBERS = frozenset({"+266696687", "+7378742833", "+86282452253"})
OLD_PREFIXES = {
    "120": "70",
    "121": "79",
    "122": "77",
    "126": "76",
    "128": "78",
    "123": "83",
    "124": "84",
    "125": "85",
    "127": "81",
    "129": "82",
    **{f"16{last}": f"3{last}" for last in range(2, 10)},
    "186": "56",
    "188": "58",
    "199": "59",
}
"""Mobile prefixes of eleven-digit numbers and what they became in 2018 (plan 798/QĐ-BTTTT), without the 0."""
_CALLABLE = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
)
HIDDEN = "••••••"
"""Stands for the rest of a number, however long it is."""
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_EXTRA_SIGNS = ("@", ":", ";", ",", "<", ">")
_SCHEME = re.compile(r"(sips?|tel|client):", re.IGNORECASE)
_DIALLED = re.compile(r"\+?[0-9 ().-]+")
_CONTEXT = re.compile(r"(?i);phone-context=(\+[0-9]{1,15})(?=;|$)")
_NOWHERE = "anonymous.invalid"
"""The host of a caller who asked to be withheld (RFC 3323)."""


@dataclass(frozen=True, slots=True)
class Number:
    """A caller's number: the text as it came, its E.164 form if it has one, and whether it is withheld."""

    raw: str
    e164: str | None
    hidden: bool


def parse(raw: object) -> Number:
    """Read any text as a number; never raises (rules B7: a complaint is never refused for a bad number).

    Understood are all written forms of a number, and the addresses in which a provider or a PBX may name
    a caller (TEL-1): `sip:`, `sips:` and `tel:`, with or without a display name. An old prefix of
    eleven digits is read as the one it became. `hidden` is true when nobody can be reached by it: withheld,
    empty, a name instead of a number.
    """
    return _parsed(_plain(raw, _READ_LIMIT))


@lru_cache(maxsize=256)  # each webhook of a call brings the same two numbers
def _parsed(text: str) -> Number:
    shown = text[:RAW_LIMIT].strip()
    if not text or text.casefold() in WITHHELD or text in WITHHELD_NUMBERS:
        return Number(shown, None, hidden=True)
    if any(sign in text for sign in _EXTRA_SIGNS):
        number = _in_address(text)
        e164 = None if number is None or number in WITHHELD_NUMBERS else _e164(number)
        return Number(shown, e164, hidden=e164 is None)
    try:
        return Number(shown, _e164_of(phonenumbers.parse(text, "VN")), hidden=False)
    except phonenumbers.NumberParseException:
        return Number(shown, None, hidden=not any(sign.isdecimal() for sign in text))


def _in_address(text: str) -> str | None:
    """The dialled number in the user part of an address, None where a name or nothing stands there.

    `"Nam" <sip:+84912345678;npdi@host:5060;user=phone>`, `tel:912-345-678;phone-context=+84`.
    """
    name, bracket, rest = text.rpartition("<")
    if name.strip(' "').casefold() in WITHHELD:
        return None
    address = rest.partition(">")[0].strip() if bracket else text
    scheme = _SCHEME.match(address)
    if scheme is not None and scheme[1].casefold() == "client":
        return None
    user, at, host = address[scheme.end() if scheme else 0 :].rpartition("@")
    if host.casefold().partition(":")[0].partition(";")[0] == _NOWHERE:
        return None
    if at and scheme is not None:
        user = user.partition(":")[0]  # what follows is a password
    number = unquote(user if at else host).strip()
    dialled, context = number.partition(";")[0].strip(), _CONTEXT.search(number)
    if ";ext=" in number.casefold() or not _DIALLED.fullmatch(dialled):
        return None
    if not at and (scheme is None or scheme[1].casefold() != "tel") and not dialled.lstrip("+").isdecimal():
        return None  # sip:10.0.0.1 is a host
    return f"{context[1]}{dialled}" if context and not dialled.startswith("+") else dialled


def _e164(text: str) -> str | None:
    try:
        return _e164_of(phonenumbers.parse(text, "VN"))
    except phonenumbers.NumberParseException:
        return None


def _e164_of(found: PhoneNumber) -> str | None:
    """The E.164 form of a valid number without extension; an old mobile prefix becomes its new one."""
    national = str(found.national_number)
    if found.country_code == 84 and len(national) == 10 and national[:3] in OLD_PREFIXES:
        found = phonenumbers.parse(f"+84{OLD_PREFIXES[national[:3]]}{national[3:]}", None)
    if not phonenumbers.is_valid_number(found) or found.extension:
        return None
    return phonenumbers.format_number(found, PhoneNumberFormat.E164)


def callable_in_vietnam(raw: object) -> str | None:
    """Return the E.164 form of a Vietnamese landline or mobile, else None (T-13: no premium, no abroad)."""
    e164 = parse(raw).e164
    if e164 is None or not e164.startswith("+84"):
        return None
    return e164 if _may_be_dialled(e164) else None


@lru_cache(maxsize=256)  # each turn of a call asks about its caller
def _may_be_dialled(e164: str) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(e164, "VN")) in _CALLABLE


def is_renewed(raw: object) -> bool:
    """Whether a number was written with an old prefix and is read with its new one."""
    digits = "".join(sign for sign in _plain(raw, _READ_LIMIT) if sign.isdecimal())
    e164 = parse(raw).e164
    return e164 is not None and not digits.endswith(e164.removeprefix("+84"))


def is_mobile(e164: str) -> bool:
    """Whether a valid E.164 number is a mobile one, which can take a text message."""
    return phonenumbers.number_type(phonenumbers.parse(e164, None)) in _MOBILE


def dotted(e164: str) -> str:
    """Show a Vietnamese number as people write it: 0258.3842.102, 0912.345.678 (000-11); others unchanged."""
    if not e164.startswith("+84"):
        return e164
    national = "0" + e164[3:]
    if national.startswith("02") and len(national) == 11:
        area = 3 if national[:3] in {"024", "028"} else 4
        return ".".join((national[:area], national[area : area + 4], national[area + 4 :]))
    if len(national) == 10:
        return ".".join((national[:4], national[4:7], national[7:]))
    return national


def head(e164: str) -> str:
    """The digits of a number that a mask leaves: four at most, and never one of the last six (T-28).

    The last four prove a case to whoever knows its code, so nothing of them stands beside the code.
    """
    national = "0" + e164[3:] if e164.startswith("+84") else e164
    sign = national[:1] if national.startswith("+") else ""
    digits = national[len(sign) :]
    return sign + digits[: max(0, min(4, len(digits) - 6))]


def masked(e164: str) -> str:
    """Show how a number begins and nothing of what proves a case by it: 0912•••••• (rules B4, T-28)."""
    return head(e164) + HIDDEN


def _plain(raw: object, limit: int) -> str:
    """Return one line of plain text: no control, format or lone surrogate character, at most `limit` long."""
    if not isinstance(raw, str):
        return ""
    kept = "".join(sign for sign in raw[: limit * 4] if unicodedata.category(sign)[0] != "C")
    return " ".join(kept.split())[:limit].strip()
