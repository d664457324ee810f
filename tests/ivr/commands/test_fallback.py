"""`tongdai fallback`: for every moment of 60 days a sound and a document that need nothing of ours."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ivr.commands.own_line import fallback
from ivr.line.hotline import Hotline
from ivr.phone import sound
from ivr.phone.document import parse
from ivr.phone.verbs import Dial, Hangup, SayVerb
from logbook.prompts.voice import PromptSound, VoiceOrigin


class OneTone:
    """A voice that says everything as one tone."""

    def sound(self, text: str, language: str) -> PromptSound:
        del language
        return PromptSound(text, sound.tone(1.0), VoiceOrigin.SYNTHETIC)


@pytest.mark.row("F-09")
@pytest.mark.row("000-12")
def test_every_moment_of_sixty_days_has_its_sound_and_its_document(hotline: Hotline, tmp_path: Path) -> None:
    spoken = replace(hotline, voice=OneTone())  # type: ignore[arg-type]
    count, audible = fallback.write_bundle(spoken, tmp_path)
    assert audible
    rows = list(csv.DictReader((tmp_path / fallback.INDEX).read_text("utf-8").splitlines()))
    ends = [(datetime.fromisoformat(row["from"]), datetime.fromisoformat(row["until"])) for row in rows]
    assert all(one[1] == other[0] for one, other in pairwise(ends))
    assert ends[-1][1] - ends[0][0] > timedelta(days=59)
    names = {row["file"] for row in rows}
    assert len(names) == count > 40
    for name in names:
        verbs = parse((tmp_path / f"{name}.xml").read_bytes(), "text/xml")
        assert isinstance(verbs[0], SayVerb)
        assert isinstance(verbs[-1], Hangup)
        assert sound.duration((tmp_path / f"{name}.wav").read_bytes()) == 1.0
        dials = [verb for verb in verbs if isinstance(verb, Dial)]
        operator = hotline.settings.duty.emergency_operator
        assert bool(dials) == (name.startswith("open") and operator is not None)
        assert all(verb.action is None for verb in dials)  # nothing of ours is asked
    closed = [row for row in rows if row["open"] == "0" and "T16:30" in row["from"]]
    assert closed
    assert all("tám giờ" in row["text"] for row in closed)  # each says when the line works again
