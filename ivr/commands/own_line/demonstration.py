"""`tongdai line demo`: the sample office with its embedded line on loopback, for any softphone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ivr.commands.own_line import embedded
from ivr.commands.own_line.sip_telephone import DEMONSTRATION
from ivr.running.own_name import own_name

if TYPE_CHECKING:
    from logbook.settings.loading import Settings

FILE = "line-demo.yaml"
DESK_PORT, STARTS_WITHIN = 15062, 300.0
TEXTS = {
    "demo only": "Chỉ dùng khi chạy thử trên máy (TONGDAI_MODE=demo).",
    "not started": "Tổng đài không khởi động được; xem các dòng ở trên.",
    "how": (
        "\n☎ Đường dây đang chờ tại sip:{number}@{where} (chỉ trên máy này, không gọi ra ngoài)\n"
        "  Gọi bằng cửa sổ dòng lệnh thứ hai, nghe thật bằng SIP:\n"
        "    {program} call --sip                                   tự bấm phím\n"
        "    {program} call --sip --keys 2,1,1 --say complaint.wav  để lại phản ánh\n"
        "    {program} call --sip --keys 4,5,4 --heard nghe.wav     giữ lại những gì nghe được\n"
        "  Hoặc bằng điện thoại mềm trên máy này (Linphone, MicroSIP, baresip): không cần tài khoản,\n"
        "  chọn UDP, mã G.711 (PCMA), rồi gọi sip:{number}@{where}\n"
        "  Bấm 0: tổng đài gọi cán bộ tại sip:…@127.0.0.1:{desk}, nếu có điện thoại mềm chờ ở cổng đó.\n"
        "  Ctrl-C để dừng cả hai.\n"
    ),
}


def begin(port: int) -> None:
    """Start the hotline as a process beside this one, then carry calls here until Ctrl-C."""
    from logbook.process.logs import configure_logs
    from logbook.settings.loading import load_settings

    settings = load_settings()
    if not settings.is_demo:
        raise click.ClickException(TEXTS["demo only"])
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = settings.data_folder / FILE
    write(settings.config_file, file, port)
    os.environ["TONGDAI_CONFIG"] = str(file)
    hotline = subprocess.Popen([sys.executable, "-m", "ivr", "serve", "--sample"])
    try:
        settings = load_settings()
        _wait_for(settings, hotline)
        own = settings.line.own
        if own is not None:
            configure_logs(settings.mode)
            where = f"{own.local_address}:{own.sip_port}"
            number = f"0{settings.line.number.removeprefix('+84')}"
            click.echo(TEXTS["how"].format(program=own_name(), number=number, where=where, desk=DESK_PORT))
            embedded.run(settings, own)
    finally:
        hotline.terminate()
        with suppress(subprocess.TimeoutExpired):
            hotline.wait(20)


def write(config: Path, target: Path, port: int) -> None:
    """Write the office's settings with an embedded line on loopback that calls nobody outside (OSError)."""
    import yaml

    data: dict[str, Any] = yaml.safe_load(config.read_text("utf-8"))
    data["line"]["carrier"] = "embedded"
    part = data["line"].setdefault("asterisk", {})
    trunk = {
        "kind": "address",
        "host": f"127.0.0.1:{DESK_PORT}",
        "user": "",
        "lines": 10,
        "kept_for_callers": 5,
    }
    part |= {"trunk": {"codecs": ["alaw", "ulaw"], **trunk}, "local_address": "127.0.0.1", "telephones": []}
    part |= {"sip_port": port, "rtp_port": 16000, "agi_port": 4573, "manager_port": 5038, "api_port": 18472}
    part |= {"calls_an_hour": 60, "calls_a_day": 300}
    target.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")


def _wait_for(settings: Settings, hotline: subprocess.Popen[bytes]) -> None:
    """Wait until the hotline is ready for calls: it listens before its sample month is made."""
    from urllib.request import urlopen

    by = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < by and hotline.poll() is None:
        # whatever says that it is not ready yet is an OSError, too
        with suppress(OSError), urlopen(f"http://127.0.0.1:{settings.port}/readyz", timeout=2):
            return
        time.sleep(0.2)
    raise click.ClickException(TEXTS["not started"])


@click.command()
@click.option("--port", type=click.IntRange(1024, 65535), default=int(DEMONSTRATION.rpartition(":")[2]))
def demo(port: int) -> None:
    """Chạy thử trên một máy, không cần gì khác: tổng đài mẫu và đường dây SIP của nó."""
    begin(port)
