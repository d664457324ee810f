"""Derives keys from SECRET_KEY, one for each use; encrypts short secrets with them (S13)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

_NONCE, _SEAL = 12, 16
_LONGEST = 32


def derived(secret: str, use: str) -> bytes:
    """The key for one use, 32 bytes; no other key can be learnt from it."""
    return hmac.new(secret.encode(), f"key:{use}".encode(), hashlib.sha256).digest()


def check_value(secret: str) -> str:
    """What is kept of SECRET_KEY to know it again, 64 hex digits; it opens nothing (S12)."""
    return derived(secret, "check").hex()


def lock(secret: str, use: str, owner: str, plain: bytes) -> str:
    """`plain`, at most 32 bytes, so that only the same secret, use and owner `unlock` it.

    Encrypted with the first block of a stream that HMAC-SHA256 makes of a fresh nonce, then sealed by
    HMAC-SHA256 under another key: nothing but the standard library, for values no longer than one block.
    """
    if len(plain) > _LONGEST:
        raise ValueError("longer than one block")
    nonce = secrets.token_bytes(_NONCE)
    hidden = _stream(secret, use, nonce, plain)
    return base64.urlsafe_b64encode(nonce + hidden + _sealed(secret, use, owner, nonce + hidden)).decode()


def unlock(secret: str, use: str, owner: str, kept: str) -> bytes | None:
    """What was locked; None where another secret, use or owner locked it, or it was changed."""
    try:
        whole = base64.urlsafe_b64decode(kept)
    except (binascii.Error, ValueError):
        return None
    body, seal = whole[:-_SEAL], whole[-_SEAL:]
    if len(body) <= _NONCE or not hmac.compare_digest(seal, _sealed(secret, use, owner, body)):
        return None
    return _stream(secret, use, body[:_NONCE], body[_NONCE:])


def _stream(secret: str, use: str, nonce: bytes, text: bytes) -> bytes:
    stream = hmac.new(derived(secret, f"{use}:hide"), nonce, hashlib.sha256).digest()
    return bytes(one ^ other for one, other in zip(text, stream, strict=False))


def _sealed(secret: str, use: str, owner: str, body: bytes) -> bytes:
    details = owner.encode() + b"\0" + body
    return hmac.new(derived(secret, f"{use}:seal"), details, hashlib.sha256).digest()[:_SEAL]
