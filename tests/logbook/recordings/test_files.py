"""The recordings' folder: whole files under our own names, and nothing outside it is ever touched."""

import hashlib
import os
import stat
from datetime import datetime
from pathlib import Path

import pytest

from logbook.recordings.files import RecordingFolder

OURS = "2026/11/" + "a" * 32 + ".wav"
TRICKS = [
    "../secret.wav",
    "2026/11/../../secret.wav",
    "/etc/passwd",
    "2026/11/%2e%2e/secret.wav",
    OURS + "\x00.wav",
    OURS + "\n",
    "2026\\11\\" + "a" * 32 + ".wav",
    "2026/11/" + "A" * 32 + ".wav",
    "2026/11/" + "a" * 32 + ".part",
    "2026/11/" + "a" * 5000 + ".wav",
    "²026/11/" + "a" * 32 + ".wav",
    "",
]


def test_a_kept_recording_is_private_whole_and_found_again(tmp_path: Path, now: datetime) -> None:
    folder = RecordingFolder(tmp_path / "recordings")
    kept = folder.keep(b"RIFF....", "audio/wav", now)
    assert kept.name.startswith("2026/11/")
    assert (kept.size, kept.sha256) == (8, hashlib.sha256(b"RIFF....").hexdigest())
    with folder.open(kept.name) as file:
        assert file.read() == b"RIFF...."
    assert folder.digest(kept.name) == kept.sha256
    assert stat.S_IMODE(folder.file(kept.name).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) & 0o077 in (0, 0o055)
    assert folder.keep(b"RIFF....", "audio/wav", now).name != kept.name
    folder.remove(kept.name)
    folder.remove(kept.name)
    with pytest.raises(FileNotFoundError):
        folder.open(kept.name)


@pytest.mark.row("T-20")
@pytest.mark.parametrize("name", TRICKS, ids=range(len(TRICKS)))
def test_a_name_that_is_not_ours_opens_and_removes_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.wav").write_bytes(b"secret")
    folder = RecordingFolder(tmp_path / "recordings")
    folder.path.mkdir()
    with pytest.raises(ValueError, match="not the name"):
        folder.open(name)
    with pytest.raises(ValueError, match="not the name"):
        folder.remove(name)
    assert (tmp_path / "secret.wav").read_bytes() == b"secret"


@pytest.mark.row("T-20")
@pytest.mark.parametrize("link", [OURS, "2026/11", "2026"])
def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside" / OURS
    outside.parent.mkdir(parents=True)
    outside.write_bytes(b"secret")
    folder = RecordingFolder(tmp_path / "recordings")
    (folder.path / link).parent.mkdir(parents=True)
    (folder.path / link).symlink_to(tmp_path / "outside" / link)
    with pytest.raises(ValueError, match="own file"):
        folder.open(OURS)


@pytest.mark.row("F-10")
def test_a_full_disk_leaves_no_half_file(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        RecordingFolder(tmp_path).keep(b"RIFF", "audio/wav", now)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
