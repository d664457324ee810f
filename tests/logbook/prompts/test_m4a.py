"""A voice memo of a telephone (m4a) is a prompt where a decoder is there, and a sentence where not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from logbook.prompts import m4a, uploads
from logbook.prompts.sound import UnusableSoundError
from tests.logbook.prompts.voices import voice_of_somebody

MEMO = b"\x00\x00\x00\x20ftypM4A " + b"\x00" * 400
PYTHON = f"#!{sys.executable}\nimport os, sys\n"


@pytest.fixture
def decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone is on the PATH; the decoder is put there."""
    (tmp_path / "speech.wav").write_bytes(voice_of_somebody())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(m4a, "SECONDS", 3.0)
    return tmp_path


def put(folder: Path, script: str, name: str = "ffmpeg") -> None:
    program = folder / name
    program.write_text(PYTHON + script, "utf-8")
    program.chmod(0o755)


def sentence() -> str:
    with pytest.raises(UnusableSoundError) as refused:
        uploads.read(MEMO)
    return str(refused.value.args[0])


@pytest.mark.parametrize("name", ["ffmpeg", "afconvert"])
def test_a_voice_memo_is_read_by_the_decoder_of_the_machine_which_learns_no_secret(
    decoder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary")
    put(
        decoder,
        f"assert open('in.m4a', 'rb').read(12)[4:8] == b'ftyp' and 'SECRET_KEY' not in os.environ\n"
        f"open(sys.argv[-1], 'wb').write(open({str(decoder / 'speech.wav')!r}, 'rb').read())\n",
        name,
    )
    found = uploads.read(MEMO)
    assert found.samples == uploads.read(voice_of_somebody()).samples


def test_without_a_decoder_a_sentence_says_what_to_do(decoder: Path) -> None:
    assert sentence() == "prompts_sound_m4a"


def test_whatever_a_hostile_memo_makes_a_decoder_do_ends_in_a_sentence(decoder: Path) -> None:
    bad = {
        "fails": "sys.exit(1)",
        "writes nothing": "",
        "hangs": "import time\ntime.sleep(600)",
        "writes without end": "out = open('out.wav', 'wb')\nwhile True: out.write(b'x' * (1 << 20))",
        "writes too much": "open('out.wav', 'wb').write(b'x' * (9 << 20))",
        "takes all memory": "kept = [bytearray(64 << 20) for _ in range(64)]\nopen('out.wav', 'w')",
        "links elsewhere": f"os.symlink({str(decoder / 'speech.wav')!r}, 'out.wav')",
        "no sound": "open('out.wav', 'wb').write(b'RIFF and no more')",
    }
    found = {}
    for what, script in bad.items():
        put(decoder, script)
        found[what] = sentence()
    assert found == dict.fromkeys(bad, "prompts_sound_unreadable")
