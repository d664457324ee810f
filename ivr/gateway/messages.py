"""Takes in what callers said to the exchange while nothing of ours answered; each file goes afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from ivr.gateway.left_message import LeftMessage, NotAMessageError, TakingIn
from logbook.clock import Clock
from logbook.database.engine import DatabaseBusyError
from logbook.installation import Installation
from logbook.recordings.files import RecordingFolder
from logbook.settings import own_numbers

STILL_SPEAKING_SECONDS = 15.0
"""A file that changed so shortly ago is perhaps still being written."""
log = structlog.get_logger("ivr.gateway")


@dataclass(frozen=True)
class MessagesTaken:
    """What became of a folder of messages: codes of their tickets, and files that hold none."""

    codes: tuple[str, ...]
    refused: tuple[str, ...]


def take_in(office: Installation, folder: Path, *, patience: float = STILL_SPEAKING_SECONDS) -> MessagesTaken:
    """Open one ticket for each message in `folder`, with the time it was left at.

    A file goes only after its ticket is committed; one that holds no message is put aside as `.empty`.
    """
    codes, refused = [], []
    for path in sorted(folder.glob("*.wav")):
        try:
            if Clock().now().timestamp() - path.stat().st_mtime < patience:
                continue
            message = LeftMessage.of_file(path)
            codes.append(_take_in(office, message))
            path.unlink(missing_ok=True)
        except NotAMessageError as trouble:
            refused.append(path.name)
            path.replace(path.with_suffix(".empty"))
            log.warning("not a message", file=path.name, why=str(trouble))
        except (DatabaseBusyError, OSError) as trouble:
            log.warning("a message waits", file=path.name, why=str(trouble))
            break
    return MessagesTaken(tuple(codes), tuple(refused))


def _take_in(office: Installation, message: LeftMessage) -> str:
    settings = office.settings
    with office.database.writing() as conn:
        times, _ = office.calendars.now(conn)
        taking = TakingIn(
            folder=RecordingFolder(settings.data_folder / "recordings"),
            office=times.office,
            notice_days=settings.complaint.notice_days,
            answer_days=settings.complaint.answer_days,
            days=settings.complaint.days,
            secret=settings.secret_key.get_secret_value(),
            line_number=settings.line.number,
            language=settings.line.language,
            office_numbers=own_numbers.of_office(settings),
        )
        opened = taking.open(conn, message, office.clock.now())
    log.info("a message became a ticket", file=message.path.name)
    return opened.code
