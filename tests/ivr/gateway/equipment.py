"""An own line's parts without Asterisk: its other end is a script."""

from __future__ import annotations

import array
from pathlib import Path

from ivr.gateway.ami import Manager
from ivr.gateway.asterisk_line import AsteriskLine, LineEquipment
from ivr.gateway.conversation import Conversation
from ivr.gateway.sounds import SoundStore
from ivr.gateway.waiting import Awaited
from ivr.gateway.whom import CallCeiling, TrunkLines, WhomToRing
from ivr.phone import sound
from logbook.clock import Clock
from logbook.settings.loading import Settings, load_settings
from logbook.settings.own_line import AsteriskPart
from tests.frozen import CONFIG
from tests.ivr.gateway.scripted_asterisk import ScriptedAsterisk

SID = "CA" + "0" * 32
CLERK = "+842583842111"


def own_settings(folder: Path, **line: object) -> tuple[Settings, AsteriskPart]:
    """The suite's office with a line of its own."""
    import yaml

    data = yaml.safe_load(CONFIG.read_text("utf-8"))
    data["line"]["carrier"] = "asterisk"
    data["line"]["asterisk"] |= line
    config = folder / "own.yaml"
    config.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    settings = load_settings({"TONGDAI_CONFIG": str(config), "TONGDAI_DATA": str(folder / "var")})
    own = settings.line.own
    assert own is not None
    return settings, own


def say(text: str, language: str) -> bytes:
    """A voice: one length for all."""
    del text, language
    return sound.write(sound.DecodedSound(array.array("h", [500] * 4000)))


def equipment(folder: Path, *, an_hour: int = 10, lines: int = 4) -> LineEquipment:
    settings, own = own_settings(folder)
    return LineEquipment(
        SoundStore(folder / "sounds", say),
        folder / "spoken",
        WhomToRing(settings, own, lambda number: number == "+84912345678"),
        CallCeiling(folder / "placed.json", an_hour, 100),
        TrunkLines(lines, 1),
        Clock(),
        Manager(1, "secret"),
        Awaited(),
    )


def line_of(folder: Path, exchange: ScriptedAsterisk, *, an_hour: int = 10, lines: int = 4) -> AsteriskLine:
    return AsteriskLine(equipment(folder, an_hour=an_hour, lines=lines), SID, Conversation(exchange.here))
