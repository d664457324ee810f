"""What went wrong outside the program, in one Vietnamese sentence for whoever started it."""

from __future__ import annotations

import errno
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

_REASONS = {
    errno.EACCES: "không có quyền",
    errno.EPERM: "không có quyền",
    errno.EROFS: "ổ đĩa chỉ cho đọc",
    errno.ENOSPC: "ổ đĩa đã đầy",
    errno.EDQUOT: "ổ đĩa đã đầy",
    errno.ENOENT: "không có tệp hoặc thư mục này",
    errno.ENOTDIR: "một phần của đường dẫn là tệp, không phải thư mục",
    errno.EEXIST: "đã có một tệp mang tên này",
    errno.EISDIR: "đây là thư mục, không phải tệp",
    errno.ENAMETOOLONG: "đường dẫn quá dài",
    errno.ELOOP: "đường dẫn đi vòng tròn",
    errno.EADDRINUSE: "đang có chương trình khác dùng",
    errno.EADDRNOTAVAIL: "máy này không có địa chỉ đó",
    errno.EIO: "ổ đĩa không đọc được",
}
_SQLITE = (
    ("unable to open", "không mở được tệp (tệp là thư mục, không có quyền, hoặc không có chỗ)"),
    ("locked", "một chương trình khác đang giữ"),
    ("readonly", "chỉ cho đọc, không có quyền ghi"),
    ("not a database", "tệp không phải là cơ sở dữ liệu SQLite"),
    ("malformed", "tệp đã hỏng; hãy khôi phục một bản sao bằng: tongdai restore"),
    ("full", "ổ đĩa đã đầy"),
    ("disk I/O", "ổ đĩa không đọc hoặc không ghi được"),
)


def reason(error: OSError) -> str:
    """Why the machine refused, in Vietnamese where the reason is a common one."""
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__


def sentence(error: Exception) -> str | None:
    """Say in one line what has to be mended; None for an error that is a mistake of the program itself."""
    from sqlalchemy.exc import DBAPIError

    from logbook.database.engine import DatabaseBusy, SchemaError

    match error:
        case SchemaError():
            return str(error)
        case DatabaseBusy():
            cause = error.__cause__
            return _of_database(cause) if isinstance(cause, DBAPIError) else _NOT_NOW
        case DBAPIError():
            return _of_database(error)
        case OSError(filename=str(name)) | OSError(filename=bytes(name)):
            shown = name if isinstance(name, str) else name.decode(errors="replace")
            return f"Không dùng được {shown}: {reason(error)}."
        case OSError():
            return f"Máy không cho làm việc này: {reason(error)}."
        case _:
            return None


_NOT_NOW = "Cơ sở dữ liệu đang bận, xin thử lại."


def _of_database(error: DBAPIError) -> str:
    told = str(error.orig).strip().splitlines() or ["?"]
    if not isinstance(error.orig, sqlite3.Error):
        return f"Không dùng được cơ sở dữ liệu: {told[0]}"
    why = next((why for words, why in _SQLITE if words in told[0]), told[0])
    return f"Không dùng được sổ (tệp tongdai.db trong thư mục dữ liệu): {why}."
