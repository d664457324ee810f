"""How people start this program from where they stand, for the commands it proposes to them."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def own_name(folder: Path | None = None) -> str:
    """`tongdai` where the search path finds this very program, else its file, as typed in `folder`.

    `folder` is where the person will stand; the folder they stand in now when None.
    """
    beside = Path(sys.executable).with_name("tongdai.exe" if sys.platform == "win32" else "tongdai")
    found = shutil.which("tongdai")
    if not beside.is_file() or (found is not None and Path(found).samefile(beside)):
        return "tongdai"
    stands = Path.cwd() if folder is None else folder.absolute()
    return shlex.quote(str(beside.relative_to(stands) if beside.is_relative_to(stands) else beside))
