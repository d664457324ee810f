"""Remembers on disk which calls are up: whoever follows a killed process ends them at the other side."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import structlog

from ivr.embedded.sip_call import SipCall
from ivr.embedded.sip_endpoint import SipEndpoint
from ivr.embedded.sip_message import SipMessage

log = structlog.get_logger("ivr.embedded")


class OpenDialogs:
    """One small file a call that is up."""

    def __init__(self, folder: Path) -> None:
        """Keep the files in `folder`."""
        self._folder = folder

    def note(self, call: SipCall) -> None:
        """Keep note of a call that is up, forget one that is over."""
        path = self._folder / f"{call.number}.json"
        with suppress(OSError):
            if call.is_over:
                path.unlink(missing_ok=True)
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            fresh.write_text(
                json.dumps(
                    {
                        "call_id": call.call_id,
                        "ours": call.ours,
                        "theirs": call.theirs,
                        "uri": call.uri,
                        "peer": call.peer,
                        "routes": call.routes,
                    }
                ),
                "utf-8",
            )
            fresh.replace(path)

    def end_all(self, endpoint: SipEndpoint) -> int:
        """Hang up every call that is noted: a killed process left it, or this one ends; return how many."""
        count = 0
        for path in self._folder.glob("*.json"):
            with suppress(OSError, ValueError, KeyError, TypeError):
                left = json.loads(path.read_text("utf-8"))
                bye = SipMessage(f"BYE {left['uri']} SIP/2.0").add("via", endpoint.via())
                bye.add("max-forwards", "70")
                for route in left["routes"]:
                    bye.add("route", route)
                bye.add("from", left["ours"]).add("to", left["theirs"]).add("call-id", left["call_id"])
                # far above whatever the killed process asked, so that it counts as new
                bye.add("cseq", "1000000 BYE").add("contact", endpoint.contact)
                host, port = left["peer"]
                endpoint.ask(bye, (str(host), int(port)), lambda _reply: None)
                count += 1
            path.unlink(missing_ok=True)
        if count:
            log.warning("open calls were ended", calls=count)
        return count
