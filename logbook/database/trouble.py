"""Explains a database or machine error in one Vietnamese sentence."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from logbook.process.machine_errors import reason

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError


_SQLITE = (
    ("unable to open", "không mở được tệp (tệp là thư mục, không có quyền, hoặc không có chỗ)"),
    ("locked", "một chương trình khác đang giữ"),
    ("readonly", "chỉ cho đọc, không có quyền ghi"),
    ("not a database", "tệp không phải là cơ sở dữ liệu SQLite"),
    ("malformed", "tệp đã hỏng; hãy khôi phục một bản sao bằng: tongdai restore"),
    ("full", "ổ đĩa đã đầy"),
    ("disk I/O", "ổ đĩa không đọc hoặc không ghi được"),
)


def sentence(error: Exception) -> str | None:
    """Return in one line what has to be mended; None for an error that is a mistake of the program itself."""
    from sqlalchemy.exc import DBAPIError

    from logbook.database.engine import DatabaseBusyError, SchemaError

    match error:
        case SchemaError():
            return str(error)
        case DatabaseBusyError():
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
    details = str(error.orig).strip().splitlines() or ["?"]
    if not isinstance(error.orig, sqlite3.Error):
        return f"Không dùng được cơ sở dữ liệu: {details[0]}"
    why = next((why for words, why in _SQLITE if words in details[0]), details[0])
    return f"Không dùng được sổ (tệp tongdai.db trong thư mục dữ liệu): {why}."
