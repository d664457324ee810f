"""Finds amounts of money in words: the log of forms takes none, however they are written (001-10)."""

from __future__ import annotations

import re
import unicodedata

from logbook.plain_text import folded

_NUMBER = (
    "mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin|muoi|may|vai|nua|ruoi|linh|le|tram|chuc|nghin|ngan|trieu|ty"
)
_FEW = "mot|hai|ba|bon|nam|sau|bay|tam|chin|may|vai"
_UNIT = "k|nghin|ngan|trieu|tr|ty|dong|vnd|d|xu|hao|usd|do la|chuc|tram"
_AMOUNT = re.compile(
    "|".join(
        (
            # 50k, 50.000 đ, 5 chục; no code of a receipt, no age, no "2 đồng sở hữu"
            rf"(?<![\w/.-])\d[\d.,\s]*(?:{_UNIT})(?![\w-])(?! tuoi| chi\b| so huu| tac gia| thua ke)",
            r"[₫$]\s*\d|\d[\d.,\s]*[₫$]",
            r"(?<![\w/.-])\d{1,3}(?:[.,]\d{3})+(?![\w/.-])",  # 50.000 on its own
            rf"\b(?:(?:{_NUMBER})\s+)+(?:k|nghin|ngan|trieu|ty)\b",  # năm mươi nghìn
            rf"\b(?:{_FEW})\s+chuc\b(?!\s+(?:tuoi|nguoi|ho|nam))",  # năm chục
            rf"\b(?:(?:{_NUMBER})\s+)*(?:muoi|chuc|tram|nghin|ngan|trieu|ty)\s+(?:dong|vnd|d)\b",
            rf"\b(?:{_FEW})\s+tram\b(?!\s+tuoi)",
        )
    )
)


def names_money(text: str) -> bool:
    """Whether a text holds an amount of money: in digits of any width or in words, with or without marks."""
    seen = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return _AMOUNT.search(folded(seen)) is not None
