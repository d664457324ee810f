"""A whole office on loopback: Asterisk by its generated configuration, our line as a process, the hotline."""

from __future__ import annotations

import copy
import dataclasses
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from ivr.app import create_app
from ivr.gateway import exchange_files, fallback
from ivr.gateway.ami import Manager
from ivr.gateway.dialplan import FallbackCalendar
from ivr.gateway.doors import derived
from ivr.gateway.folders import LineFolders
from ivr.gateway.loopback_server import serve_on_loopback
from ivr.gateway.sounds import SoundStore
from ivr.line.hotline import Hotline, open_hotline
from ivr.running.prepare import prepare
from logbook.settings.loading import Settings, load_settings
from logbook.settings.own_line import AsteriskPart
from tests.exchange.softphone import SoftPhone
from tests.exchange.troubles import TroubledHotline
from tests.exchange.voice import speak
from tests.frozen import CONFIG, HOUSE
from tests.suite.ports import free_port
from tests.suite.waiting import PATIENCE
from tests.unavailable import unavailable

LONGEST = 10
"""Seconds a complaint may take: shorter than any office may set, so that no test lasts so long."""
STRANGER, DESK = "127.0.0.3", "127.0.0.2"


def root() -> Path:
    """Where `.ci/asterisk` put Asterisk; without it the test is skipped, or fails where all must run."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    found = Path(os.environ.get("TONGDAI_TEST_ASTERISK") or cache / "tongdai-asterisk")
    if not (found / "usr/sbin/asterisk").exists():
        unavailable("Asterisk is not installed; run .ci/asterisk")
    return found


class ExchangeOffice:
    """One office with a line of its own; everything it starts is ended by `close`."""

    carried_by, line_module = "asterisk", "tests.exchange.line_process"

    def __init__(self, folder: Path, *, now: str = "2026-11-25T09:10:00+07:00", **changes: Any) -> None:
        self.folder = folder
        self.carrier = SoftPhone(user="0912345678")
        agi, manager, api, web, sip = (free_port() for _ in range(5))
        data = yaml.safe_load(CONFIG.read_text("utf-8"))
        data["line"]["carrier"] = self.carried_by
        part = data["line"]["asterisk"]
        part["trunk"] |= {
            "kind": "address",
            "host": f"127.0.0.1:{self.carrier.port}",
            "user": "",
            "lines": 200,
        }
        part |= {
            "local_address": "127.0.0.1",
            "sip_port": sip,
            "rtp_port": 32000 + (agi % 300) * 100,
            "agi_port": agi,
            "manager_port": manager,
            "api_port": api,
            "calls_an_hour": 500,
            "calls_a_day": 1000,
        }
        for place, value in changes.items():
            target: Any = data
            *way, last = place.split("__")
            for step in way:
                target = target[step]
            target[last] = copy.deepcopy(value)
        config = folder / "office.yaml"
        config.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
        self.environ = {
            "TONGDAI_CONFIG": str(config),
            "TONGDAI_DATA": str(folder / "var"),
            "TONGDAI_PUBLIC_URL": f"http://127.0.0.1:{web}",
            "TONGDAI_NOW": now,
            "PORT": str(web),
        }
        settings = load_settings(self.environ)
        complaint = settings.complaint.model_copy(update={"max_seconds": LONGEST})
        self.settings: Settings = dataclasses.replace(settings, complaint=complaint)
        own = self.settings.line.own
        assert own is not None
        self.exchange: AsteriskPart = own
        self.hotline: Hotline = open_hotline(self.settings)
        prepare(self.hotline)
        self.folders = LineFolders(self.settings.data_folder)
        self.folders.make()
        self._end_hotline: Callable[[], None] | None = None
        self._asterisk: subprocess.Popen[bytes] | None = None
        self._line: subprocess.Popen[bytes] | None = None
        self._hotline: subprocess.Popen[bytes] | None = None
        self.sip_port = sip

    # -- parts ---------------------------------------------------------------------------------------

    def start(self) -> None:
        self.start_hotline()
        self.start_line()
        self.start_asterisk()

    def start_hotline(self) -> None:
        self.troubled = TroubledHotline(create_app(self.hotline, ["voice"]))
        self._end_hotline = serve_on_loopback(self.troubled, self.settings.port, threads=8, name="hotline")

    def start_hotline_process(self) -> None:
        """The hotline as a process of its own: it is not slowed down by thirty telephones in this one."""
        environ = {**os.environ, **self.environ, "PYTHONPATH": str(HOUSE), "TONGDAI_MODE": "demo"}
        with (self.folder / "hotline.log").open("ab") as log:
            self._hotline = subprocess.Popen(
                [sys.executable, "-m", "ivr", "voice"], env=environ, stdout=log, stderr=log, cwd=HOUSE
            )
        self._wait_for_port(self.settings.port, PATIENCE)

    def stop_hotline(self) -> None:
        end, self._end_hotline = self._end_hotline, None
        if end is not None:
            end()

    def start_line(self) -> None:
        environ = {**os.environ, **self.environ, "PYTHONPATH": str(HOUSE)}
        log = (self.folder / "line.log").open("ab")
        self._line = subprocess.Popen(
            [sys.executable, "-m", self.line_module],
            env=environ,
            stdout=log,
            stderr=log,
            cwd=HOUSE,
        )
        log.close()

    @property
    def die_before_recording(self) -> Path:
        """While this file is there, a line kills itself between the tone and the recording, once."""
        return self.folder / "die-before-recording"

    def wait_for_line(self, seconds: float = 20.0) -> None:
        self._wait_for_port(self.exchange.agi_port, seconds)

    def kill_line(self) -> None:
        if self._line is not None:
            self._line.send_signal(signal.SIGKILL)
            self._line.wait()
            self._line = None

    def start_asterisk(self) -> None:
        installed = root()
        etc, run = self.folder / "etc", self.folder / "run"
        state, log = self.folder / "state", self.folder / "log"
        for each in (etc, run, state, log):
            each.mkdir(exist_ok=True)
        catalogue = self.hotline.texts[self.settings.line.language]
        fallback.write_sounds(SoundStore(self.folders.sounds, speak), self.settings, catalogue)
        libraries = next(installed.glob("usr/lib/*-linux-gnu"))
        modules = libraries / "asterisk/modules"
        if not modules.is_dir():
            modules = installed / "usr/lib/asterisk/modules"
        places = exchange_files.ExchangePlaces(
            config=str(etc),
            modules=str(modules),
            data=str(installed / "usr/share/asterisk"),
            state=str(state),
            spool=str(state),
            run=str(run),
            log=str(log),
        )
        shut = FallbackCalendar({}, {})  # the exchange goes by the machine's clock, whatever ours shows
        for name, text in exchange_files.generate(self.settings, self.exchange, shut, places).items():
            (etc / name).write_text(text, "utf-8")
        loader = next(installed.glob("usr/lib64/ld-linux*"), None) or next(installed.glob("lib64/ld-linux*"))
        out = (self.folder / "asterisk.log").open("ab")
        self._asterisk = subprocess.Popen(
            [
                *(str(loader), "--library-path", str(libraries), str(installed / "usr/sbin/asterisk")),
                *("-f", "-C", str(etc / "asterisk.conf")),
            ],
            stdout=out,
            stderr=out,
            env={**os.environ, "TZ": "Asia/Ho_Chi_Minh"},
        )
        out.close()
        self._wait_for_port(self.exchange.manager_port, 30.0)
        self.wait_until_it_speaks_sip()

    def wait_until_it_speaks_sip(self) -> None:
        probe = SoftPhone(listens=False)
        by = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < by:
                probe.raw(
                    f"OPTIONS sip:s@127.0.0.1:{self.sip_port} SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP 127.0.0.1:{probe.port};branch=z9hG4bK{time.monotonic_ns()};rport\r\n"
                    f"From: <sip:x@127.0.0.1>;tag=1\r\nTo: <sip:s@127.0.0.1>\r\n"
                    f"Call-ID: {time.monotonic_ns()}\r\n"
                    f"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
                    self.sip_port,
                )
                time.sleep(0.2)
                if probe.said:
                    return
        finally:
            probe.close()
        raise AssertionError(f"nobody speaks SIP: {self.log('asterisk')}{self.log('line')}")

    @property
    def line_pid(self) -> int:
        """The process of the line."""
        assert self._line is not None
        return self._line.pid

    @property
    def asterisk_pid(self) -> int:
        """The process of the exchange."""
        assert self._asterisk is not None
        return self._asterisk.pid

    def spoken(self) -> list[str]:
        """Everything the line ever had said, each with its language before it."""
        path = self.folder / "spoken"
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def channels(self) -> list[str]:
        """The channels the exchange has now."""
        secret = derived(self.settings.secret_key.get_secret_value(), "manager", 32)
        return [
            one["Channel"] for one in Manager(self.exchange.manager_port, secret).listed("CoreShowChannels")
        ]

    def log(self, name: str) -> str:
        """The end of a log: asterisk, line, messages."""
        path = self.folder / ("log/messages" if name == "messages" else f"{name}.log")
        return path.read_text("utf-8", "replace")[-4000:] if path.exists() else ""

    def _wait_for_port(self, port: int, seconds: float) -> None:
        by = time.monotonic() + seconds
        while time.monotonic() < by:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.05)
        raise AssertionError(f"nobody listens at {port}: {self.log('asterisk')}{self.log('line')}")

    def close(self) -> None:
        self.carrier.close()
        self.kill_line()
        if self._asterisk is not None:
            self._asterisk.kill()
            self._asterisk.wait()
        self.stop_hotline()
        if self._hotline is not None:
            self._hotline.terminate()
            self._hotline.wait()
        self.hotline.database.close()
        shutil.rmtree(self.folder / "state", ignore_errors=True)
