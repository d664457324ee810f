"""What is vendored is what docs/vendored.md says it is."""

import hashlib
import re
from pathlib import Path

HOME = Path(__file__).parent.parent


def test_every_vendored_file_has_the_sum_written_down_for_it() -> None:
    table = (HOME / "docs" / "vendored.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", table, flags=re.MULTILINE)
    assert rows
    for path, wanted in rows:
        assert hashlib.sha256((HOME / path).read_bytes()).hexdigest() == wanted, path
