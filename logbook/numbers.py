"""Telephone numbers as they arrive, as we keep them and as we show them."""

import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

RAW_LIMIT = 64
WITHHELD = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private", "blocked", "withheld"})
WITHHELD_NUMBERS = frozenset({"+266696687", "+7378742833", "+86282452253"})
_CALLABLE = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
)
HIDDEN = "••••••"
"""Stands for the rest of a number, however long it is."""
_EXTRA_SIGNS = ("@", ":", ";", ",")


@dataclass(frozen=True, slots=True)
class Number:
    """A caller's number: the text as it came, its E.164 form if it has one, and whether it is withheld."""

    raw: str
    e164: str | None
    hidden: bool


def parse(raw: object) -> Number:
    """Read any text as a number; never raises (rules B7: a complaint is never refused for a bad number).

    `hidden` is true when nobody can be reached by it: withheld, empty, a client or SIP address.
    """
    text = _plain(raw)
    if not text or text.casefold() in WITHHELD or text in WITHHELD_NUMBERS:
        return Number(text, None, hidden=True)
    if any(sign in text for sign in _EXTRA_SIGNS):
        return Number(text, None, hidden=True)
    try:
        found = phonenumbers.parse(text, "VN")
        valid = phonenumbers.is_valid_number(found)
    except phonenumbers.NumberParseException:
        return Number(text, None, hidden=not any(sign.isdecimal() for sign in text))
    if not valid or found.extension:
        return Number(text, None, hidden=False)
    return Number(text, phonenumbers.format_number(found, PhoneNumberFormat.E164), hidden=False)


def callable_in_vietnam(raw: object) -> str | None:
    """Return the E.164 form of a Vietnamese landline or mobile, else None (T-13: no premium, no abroad)."""
    e164 = parse(raw).e164
    if e164 is None or not e164.startswith("+84"):
        return None
    kind = phonenumbers.number_type(phonenumbers.parse(e164, "VN"))
    return e164 if kind in _CALLABLE else None


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


def _plain(raw: object) -> str:
    """Return one line of plain text: no control, format or lone surrogate character, at most 64 long."""
    if not isinstance(raw, str):
        return ""
    kept = "".join(sign for sign in raw[: RAW_LIMIT * 4] if unicodedata.category(sign)[0] != "C")
    return " ".join(kept.split())[:RAW_LIMIT].strip()
