"""The systemd units of an office that runs its own line: the hotline, the line, and Asterisk by itself."""

from __future__ import annotations

import sys
from pathlib import Path

from logbook.settings.loading import Settings

_UNIT = """# /etc/systemd/system/{name}
[Unit]
Description={about}
After=network-online.target
Wants=network-online.target

[Service]
{service}
Restart=always
RestartSec=1
LimitNOFILE=4096

[Install]
WantedBy=multi-user.target
"""


def printed(settings: Settings) -> str:
    """Return the units, each under the name of its file; without Asterisk there are two."""
    program = Path(sys.executable).with_name("tongdai")
    ours = f"EnvironmentFile=/etc/tongdai/environment\nWorkingDirectory={settings.data_folder.parent}"
    ours_alone = [
        _UNIT.format(name="tongdai.service", about="Tổng đài", service=f"ExecStart={program} serve\n{ours}"),
        _UNIT.format(
            name="tongdai-line.service",
            about="Tổng đài: đường dây",
            service=f"Type=notify\nWatchdogSec=10\nExecStart={program} line run\n{ours}",
        ),
    ]
    if settings.line.is_embedded:
        return "\n".join(ours_alone)
    return "\n".join(
        [
            *ours_alone,
            _UNIT.format(
                name="asterisk-tongdai.service",
                about="Asterisk của tổng đài; chạy cả khi chương trình không chạy",
                service="User=asterisk\nGroup=asterisk\nEnvironment=TZ=Asia/Ho_Chi_Minh\n"
                "RuntimeDirectory=asterisk\n"
                "ExecStart=/usr/sbin/asterisk -f -C /etc/asterisk-tongdai/asterisk.conf",
            ),
        ]
    )
