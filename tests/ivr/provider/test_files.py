"""The stand-in's files: only our own identifiers become file names."""

from pathlib import Path

import pytest

from ivr.provider.files import Drawer

SID = "RE" + "a" * 32


@pytest.mark.row("T-20")
@pytest.mark.parametrize(
    "sid", ["../secret", "RE" + "a" * 63, SID + "\n", "RE_" + "a" * 31, "", "C:aaaaaaaa"]
)
def test_a_wrong_identifier_is_refused_by_every_method(tmp_path: Path, sid: str) -> None:
    drawer = Drawer(tmp_path)
    for touch in (
        lambda: drawer.put("Recordings", sid, {}),
        lambda: drawer.get("Recordings", sid),
        lambda: drawer.put_sound(sid, b""),
        lambda: drawer.get_sound(sid),
        lambda: drawer.delete_recording(sid),
        lambda: drawer.written("Recordings", sid),
    ):
        with pytest.raises(ValueError, match="not an identifier"):
            touch()
    assert list(tmp_path.iterdir()) == []


def test_a_row_is_kept_replaced_and_listed(tmp_path: Path) -> None:
    drawer = Drawer(tmp_path)
    drawer.put("Recordings", SID, {"sid": SID, "note": "cũ"})
    drawer.put("Recordings", SID, {"sid": SID, "note": "mới"})
    assert drawer.get("Recordings", SID) == {"sid": SID, "note": "mới"}
    assert len(drawer.all("Recordings")) == 1
    assert drawer.get("Recordings", "RE" + "b" * 32) is None
