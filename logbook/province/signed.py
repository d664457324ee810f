"""Signs the figures of a month with the office's own key (Ed25519), and reads what an office signed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from logbook.province import figures as shape
from logbook.province.figures import FORMAT, OfficeFigures

LARGEST = 64 * 1024
"""Bytes of one document."""
_KEYS = {"figures", "key", "signature"}


class Refusal(StrEnum):
    """Why a document is not taken in; each has a sentence `province_refused_<value>`."""

    UNREADABLE = "unreadable"
    FORGED = "forged"
    UNKNOWN_OFFICE = "unknown_office"
    FOREIGN_KEY = "foreign_key"
    NOT_AWAITED = "not_awaited"
    FROM_THE_FUTURE = "from_the_future"
    OLDER = "older"


class FiguresRefusedError(Exception):
    """The document is not taken in; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        """Refuse for one reason."""
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class SignedFigures:
    """Figures with the signature over them; `key` is the office's public key, 64 hex digits."""

    figures: OfficeFigures
    key: str
    signature: str

    @property
    def digest(self) -> str:
        """What names the document: SHA-256 of what is signed, 64 hex digits."""
        return hashlib.sha256(_signed_bytes(self.figures)).hexdigest()

    @property
    def file_name(self) -> str:
        """The document's name as a file: 22504-2026-11-v1.json."""
        return f"{self.figures.office}-{self.figures.month}-v{self.figures.version}.json"

    def as_text(self) -> str:
        """Return the document as it is written and sent."""
        told = {
            "figures": json.loads(shape.canonical(self.figures)),
            "key": self.key,
            "signature": self.signature,
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def public_key(seed: bytes) -> str:
    """Return the public key of a private one (`seed`, 32 bytes) as 64 hex digits."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def signed(figures: OfficeFigures, seed: bytes) -> SignedFigures:
    """Sign figures with the office's private key, 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(_signed_bytes(figures))
    return SignedFigures(figures, public_key(seed), signature.hex())


def read(content: bytes) -> SignedFigures:
    """Read one document and check its signature against the key it names (FiguresRefusedError).

    Whether that key is the office's is for who knows the offices.
    """
    document = parsed(content)
    if not _fits(document.figures, bytes.fromhex(document.key), bytes.fromhex(document.signature)):
        raise FiguresRefusedError(Refusal.FORGED)
    return document


def parsed(content: bytes) -> SignedFigures:
    """Read a document whose signature was checked when it came (FiguresRefusedError for what is none)."""
    try:
        told = json.loads(content.decode()) if len(content) <= LARGEST else None
        if not isinstance(told, dict) or set(told) != _KEYS:
            raise FiguresRefusedError(Refusal.UNREADABLE)
        figures = shape.read(json.dumps(told["figures"]))
        key, signature = bytes.fromhex(told["key"]), bytes.fromhex(told["signature"])
    except (ValueError, TypeError, RecursionError):
        raise FiguresRefusedError(Refusal.UNREADABLE) from None
    return SignedFigures(figures, key.hex(), signature.hex())


def _fits(figures: OfficeFigures, key: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _signed_bytes(figures))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed_bytes(figures: OfficeFigures) -> bytes:
    return f"{FORMAT}\n".encode() + shape.canonical(figures)
