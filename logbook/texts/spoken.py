"""Spells numbers, dates and times as words: one speller a language, with its locale."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

MORNING_ENDS = 12 * 60
EVENING = 18 * 60
Run = tuple[int, int, tuple[tuple[int, int], ...]]
"""First and last of some days that are alike, Monday is 0, and their windows in minutes after midnight."""


def parts_of(seconds: int) -> tuple[int, int, int]:
    """Hours, minutes and seconds; nothing is rounded away (ValueError for none, or more than a day)."""
    if not 0 < seconds <= 86_400:
        raise ValueError(f"not told as a length of time: {seconds} s")
    minutes, left = divmod(seconds, 60)
    return minutes // 60, minutes % 60, left


class Speller(Protocol):
    """What a language must be able to spell, and what the provider calls it, such as vi-VN.

    `names_key` finds in a sentence each key that it names, as its first group.
    """

    locale: str
    names_key: re.Pattern[str]

    def number(self, value: int) -> str:
        """A whole number from 0 to 9999 in words."""

    def digits(self, digits: str, group: int) -> str:
        """Digits one by one, in groups of `group` with a pause between."""

    def day(self, day: date) -> str:
        """A date without its weekday or year."""

    def moment(self, moment: datetime, today: date) -> str:
        """A coming local moment as spoken on `today`."""

    def span(self, seconds: int) -> str:
        """A length of time from one second to a day, spoken exactly."""

    def hours(self, windows: Sequence[tuple[int, int]]) -> str:
        """Windows as (opens, closes) in minutes after midnight."""

    def week(self, runs: Sequence[Run]) -> str:
        """The hours of a week whose days are not alike."""


class Vietnamese:
    """Vietnamese words."""

    ONES = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
    WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")

    locale = "vi-VN"
    names_key = re.compile(r"phím (\w+)")

    def number(self, value: int) -> str:
        """0 to 9999; ValueError beyond."""
        if not 0 <= value <= 9999:
            raise ValueError(f"not spelled: {value}")
        thousands, rest = divmod(value, 1000)
        if thousands:
            head = f"{self.ONES[thousands]} nghìn"
            return head if rest == 0 else f"{head} {self._hundreds(rest, full=True)}"
        return self._hundreds(rest, full=False)

    def _hundreds(self, value: int, *, full: bool) -> str:
        hundreds, rest = divmod(value, 100)
        if not hundreds and not full:
            return self._tens(rest)
        head = f"{self.ONES[hundreds]} trăm"
        if rest == 0:
            return head
        return f"{head} linh {self.ONES[rest]}" if rest < 10 else f"{head} {self._tens(rest)}"

    def _tens(self, value: int) -> str:
        tens, ones = divmod(value, 10)
        if tens == 0:
            return self.ONES[ones]
        head = "mười" if tens == 1 else f"{self.ONES[tens]} mươi"
        if ones == 0:
            return head
        tail = self.ONES[ones]
        if ones == 5:
            tail = "lăm"
        elif ones == 1 and tens > 1:
            tail = "mốt"
        return f"{head} {tail}"

    def digits(self, digits: str, group: int) -> str:
        """`004217` in groups of three: "không không bốn, hai một bảy"."""
        groups = [digits[start : start + group] for start in range(0, len(digits), group)]
        return ", ".join(" ".join(self.ONES[int(digit)] for digit in part) for part in groups)

    def day(self, day: date) -> str:
        """Fifth of March: "ngày năm tháng ba"; April is "tháng tư"."""
        month = "tư" if day.month == 4 else self.number(day.month)
        return f"ngày {self.number(day.day)} tháng {month}"

    def clock(self, minutes: int) -> str:
        """Minutes after midnight: "mười sáu giờ ba mươi phút"."""
        hours, rest = divmod(minutes, 60)
        spoken = f"{self.number(hours)} giờ"
        return spoken if rest == 0 else f"{spoken} {self.number(rest)} phút"

    def moment(self, moment: datetime, today: date) -> str:
        """Today, tomorrow, or by weekday and date."""
        clock = self.clock(moment.hour * 60 + moment.minute)
        weekday = self.WEEKDAYS[moment.weekday()]
        match (moment.date() - today).days:
            case 0:
                return f"{clock} hôm nay"
            case 1:
                return f"{clock} ngày mai, {weekday}, {self.day(moment.date())}"
            case _:
                return f"{clock}, {weekday}, {self.day(moment.date())}"

    def span(self, seconds: int) -> str:
        """45 seconds: "bốn mươi lăm giây"; 90: "một phút ba mươi giây"."""
        named = zip(parts_of(seconds), ("giờ", "phút", "giây"), strict=True)
        return " ".join(f"{self.number(count)} {unit}" for count, unit in named if count)

    def hours(self, windows: Sequence[tuple[int, int]]) -> str:
        """Each window with the part of the day it lies in."""
        return ", ".join(
            f"{'buổi sáng' if opens < MORNING_ENDS else 'buổi chiều' if opens < EVENING else 'buổi tối'}"
            f" từ {self.clock(opens)} đến {self.clock(closes)}"
            for opens, closes in windows
        )

    def week(self, runs: Sequence[Run]) -> str:
        """Each run of days with its windows."""
        return "; ".join(
            f"{_days(self.WEEKDAYS, first, last, 'đến')}, {self.hours(windows)}"
            for first, last, windows in runs
        )


class English:
    """English words; numerals are left to the voice where it reads them well."""

    locale = "en-GB"
    names_key = re.compile(r"(?:press|then) (\w+)", re.IGNORECASE)

    ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    MONTHS = (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    )
    WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

    def number(self, value: int) -> str:
        """0 to 9999; ValueError beyond."""
        if not 0 <= value <= 9999:
            raise ValueError(f"not spelled: {value}")
        return self.ONES[value] if value < 10 else str(value)

    def digits(self, digits: str, group: int) -> str:
        """`004217`: "zero zero four, two one seven"."""
        groups = [digits[start : start + group] for start in range(0, len(digits), group)]
        return ", ".join(" ".join(self.ONES[int(digit)] for digit in part) for part in groups)

    def day(self, day: date) -> str:
        """Fifth of March: "5 March"."""
        return f"{day.day} {self.MONTHS[day.month - 1]}"

    def clock(self, minutes: int) -> str:
        """Minutes after midnight on the 24-hour clock."""
        return f"{minutes // 60}:{minutes % 60:02}"

    def moment(self, moment: datetime, today: date) -> str:
        """Today, tomorrow, or by weekday and date."""
        clock = self.clock(moment.hour * 60 + moment.minute)
        weekday = self.WEEKDAYS[moment.weekday()]
        match (moment.date() - today).days:
            case 0:
                return f"{clock} today"
            case 1:
                return f"{clock} tomorrow, {weekday} {self.day(moment.date())}"
            case _:
                return f"{clock} on {weekday} {self.day(moment.date())}"

    def span(self, seconds: int) -> str:
        """45 seconds; 90: "one minute and 30 seconds"."""
        named = zip(parts_of(seconds), ("hour", "minute", "second"), strict=True)
        details = [
            f"{self.number(count)} {unit}{'' if count == 1 else 's'}" for count, unit in named if count
        ]
        return " and ".join(details)

    def hours(self, windows: Sequence[tuple[int, int]]) -> str:
        """Each window from and to."""
        return " and ".join(f"{self.clock(opens)} to {self.clock(closes)}" for opens, closes in windows)

    def week(self, runs: Sequence[Run]) -> str:
        """Each run of days with its windows."""
        return "; ".join(
            f"{_days(self.WEEKDAYS, first, last, 'to')} {self.hours(windows)}"
            for first, last, windows in runs
        )


def _days(names: Sequence[str], first: int, last: int, to: str) -> str:
    return names[first] if first == last else f"{names[first]} {to} {names[last]}"


SPELLERS: dict[str, Speller] = {"vi": Vietnamese(), "en": English()}
