"""Explains in Vietnamese why the machine refused something."""

from __future__ import annotations

import errno

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


def reason(error: OSError) -> str:
    """Why the machine refused, in Vietnamese where the reason is a common one."""
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__
