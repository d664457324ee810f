"""An office whose line is this program itself: no Asterisk, the same telephones and the same hotline."""

from __future__ import annotations

from tests.exchange.equipment import ExchangeOffice
from tests.suite.waiting import PATIENCE


class EmbeddedOffice(ExchangeOffice):
    """One office with the embedded line as a process; everything it starts is ended by `close`."""

    carried_by, line_module = "embedded", "tests.exchange.embedded_process"

    def start(self) -> None:
        self.start_hotline()
        self.start_line()

    def wait_for_line(self, seconds: float = PATIENCE) -> None:
        self._wait_for_port(self.exchange.api_port, seconds)
        self.wait_until_it_speaks_sip()
