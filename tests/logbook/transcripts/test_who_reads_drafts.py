"""A draft is in no list, export, report, API or webhook: only these files know that there are any."""

from __future__ import annotations

from tests.house import ROOT, sources

READERS = {
    "ivr/commands/going_live/checklist.py",
    "logbook/console/pages/tickets/ticket.py",
    "logbook/console/pages/tickets/transcript.py",
    "logbook/console/views/ticket_page.py",
    "logbook/retention/erasure.py",
    "scheduler/all_jobs.py",
    "scheduler/sounds/draft_transcripts.py",
}


def test_nothing_else_reads_what_a_machine_wrote() -> None:
    here = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sources()}
    own = ("logbook/transcripts/", "logbook/database/", "logbook/settings/")
    knows = {
        name
        for name, text in here.items()
        if not name.startswith((*own, "tests/")) and ("transcripts" in text or "DraftTranscript" in text)
    }
    assert knows - READERS == set()
    tables = {name for name, text in here.items() if "tables import" in text and "transcripts.c." in text}
    assert tables == {"logbook/transcripts/drafts.py"}
