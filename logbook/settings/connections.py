"""Settings of connections to other systems: how often they may ask, where webhooks may go."""

from typing import Annotated

from pydantic import AfterValidator, Field

from logbook.settings.environment_values import is_host
from logbook.settings.errors import refusal
from logbook.settings.shapes import Part, count


def _host_and_port(text: str) -> str:
    if not is_host(text) or text != text.casefold():
        raise refusal(
            'phải là tên máy hoặc địa chỉ, chữ thường, dạng "10.0.0.5:8080"',
            'must be a host in lower case, like "10.0.0.5:8080"',
        )
    return text


InnerHost = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_host_and_port)]


class ConnectionsPart(Part):
    """Limits of the read API and of webhooks out; `webhook_hosts` are inner hosts that may be reached."""

    api_per_minute: Annotated[int, count(1, 6000)] = 120
    webhook_hours: Annotated[int, count(1, 720)] = 72
    webhook_hosts: Annotated[tuple[InnerHost, ...], Field(max_length=20)] = ()
