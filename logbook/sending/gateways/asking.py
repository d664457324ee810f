"""Asks a gateway one question over HTTP and says what a failure means for what was to be sent (F-07)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from logbook.process import time_limit
from logbook.process.routes_outside import proxies_for
from logbook.provider import ProviderError

STEP = (4.0, 8.0)
TOTAL = 25.0


def ask(
    gateway: str,
    method: str,
    address: str,
    *,
    total: float = TOTAL,
    step: tuple[float, float] = STEP,
    **details: Any,
) -> Mapping[str, Any]:
    """Return the JSON object that answers (ProviderError, in which nothing secret stands).

    `later`: not even a connection came about, or the gateway is full; otherwise nobody knows what it did.
    `step` are seconds to connect and between two bytes, `total` for everything.
    """
    more = {"allow_redirects": False, "proxies": proxies_for(address), **details}
    try:
        answer = time_limit.within(total, lambda: requests.request(method, address, timeout=step, **more))
        found = answer.json() if answer.status_code == 200 else None
    except time_limit.TookTooLongError as error:
        raise ProviderError(f"no end in time while asking {gateway}") from error
    except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
        raise ProviderError(f"{type(error).__name__} while asking {gateway}", later=True) from None
    except requests.JSONDecodeError:
        raise ProviderError(f"an answer of {gateway} that is no JSON") from None
    except requests.RequestException as error:
        raise ProviderError(f"{type(error).__name__} while asking {gateway}", later=refused(error)) from None
    if answer.status_code != 200:
        raise ProviderError(f"{gateway} HTTP {answer.status_code}", later=answer.status_code in (429, 503))
    if not isinstance(found, dict):
        raise ProviderError(f"an answer of {gateway} of another shape")
    return found


def refused(error: requests.RequestException) -> bool:
    """Whether not even a connection came about, so that nothing was sent."""
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
