"""What docs/install offers can be used: units are narrow, containers name what exists, proxies keep paths."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
import yaml
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from ivr.app import create_app
from ivr.cli import COMMANDS
from ivr.line.hotline import open_hotline
from logbook.settings.loading import load_settings
from tests import frozen
from tests.frozen import HOUSE
from tests.suite.ports import free_port
from tests.suite.waiting import PATIENCE, until
from tests.unavailable import unavailable

PLACE = HOUSE / "docs" / "install"
UNITS = sorted(PLACE.glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_valid_and_has_few_rights(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        unavailable("no systemd-analyze on this machine")
    text = unit.read_text("utf-8")
    assert "User=tongdai\n" in text
    there = text.replace("/opt/tongdai/current/bin/tongdai", "/bin/true")  # nothing is installed here
    (tmp_path / unit.name).write_text(there, "utf-8")
    said = subprocess.run(
        [program, "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr) == (0, "")
    judged = subprocess.run(
        [program, "security", "--offline=true", "--no-pager", "--threshold=25", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout[-400:]
    if (command := re.search(r"ExecStart=\S+ (\w+)\n", text)) is not None:
        assert command[1] in COMMANDS


def test_the_image_is_made_of_what_exists_runs_as_nobody_special_and_says_how_it_is() -> None:
    text = (PLACE / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    assert {step[0] for step in steps} <= {
        *("FROM", "ARG", "ENV", "WORKDIR", "COPY", "RUN", "VOLUME", "USER", "EXPOSE"),
        *("STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
    }
    first, last = (step[1].split()[0] for step in steps if step[0] == "FROM")
    assert (first, last) == ("python:3.11-slim-bookworm", "gcr.io/distroless/python3-debian12")
    assert set(re.findall(r"python3\.\d+", text)) == {"python3.11"}, "both stages have the same Python"
    sources = [
        one for step in steps if step[0] == "COPY" and "--from" not in step[1] for one in step[1].split()[:-1]
    ]
    assert [one for one in sources if not (HOUSE / one).exists()] == []
    ignored = (PLACE / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert [one for one in sources if f"!{one}" not in ignored] == []
    assert next(step[1] for step in reversed(steps) if step[0] == "USER").isdecimal()
    health = next(step[1] for step in steps if step[0] == "HEALTHCHECK")
    assert "/healthz" in health
    code = re.search(r'"-c", "(.+?)"\]', health)
    assert code is not None
    compile(code[1], "healthcheck", "exec")


def test_every_part_of_the_composition_exists_and_may_write_nowhere_but_in_the_data() -> None:
    text = (PLACE / "compose.yaml").read_text("utf-8")
    made: dict[str, Any] = yaml.safe_load(text)
    ours = {name: one for name, one in made["services"].items() if one["image"] == "tongdai:latest"}
    assert set(ours) == {"tables", "voice", "web", "scheduler"}
    for name, one in ours.items():
        assert one["command"][0] in COMMANDS, name
        assert (one["read_only"], one["init"], one["cap_drop"]) == (True, True, ["ALL"])
        assert [bind for bind in one["volumes"] if not bind.endswith(":ro")] == ["data:/var/lib/tongdai"]
    assert made["services"]["database"]["profiles"] == ["postgresql"]
    assert made["services"]["proxy"]["volumes"][0].split(":")[0] == "./Caddyfile.compose"
    network = made["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    assert ours["web"]["environment"]["TONGDAI_TRUSTED_PROXIES"] == network
    built = made["services"]["web"]["build"]
    assert (PLACE / built["context"] / built["dockerfile"]).is_file()


def test_no_proxy_example_changes_an_address_that_was_signed() -> None:
    for name in ("Caddyfile", "Caddyfile.compose"):
        lines = [line.strip() for line in (PLACE / name).read_text("utf-8").splitlines()]
        used = {line.split()[0] for line in lines if line and not line.startswith(("#", "}"))}
        assert not used & {"rewrite", "uri", "handle_path", "route", "redir"}, name
        assert "header_up X-Forwarded-For {remote_host}" in lines
    nginx = (PLACE / "nginx.conf").read_text("utf-8")
    assert re.findall(r"proxy_pass (.*);", nginx) == ["http://127.0.0.1:8000"]


def test_the_windows_script_is_read_by_an_old_powershell_and_quotes_every_path() -> None:
    raw = (PLACE / "windows" / "install.ps1").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "without it Windows PowerShell 5 garbles Vietnamese"
    text = raw.decode("utf-8-sig")
    assert text.count("{") == text.count("}")
    assert text.count("(") == text.count(")")
    bare = re.findall(r"(?m)^\s*& (?:\$Python|\"\$Exe\").* \$(?:Folder|Venv|Lock|Wheel|Office)\b", text)
    assert bare == [], "a path with blanks is one argument only in quotes"


@pytest.mark.row("T-03")
def test_a_signed_request_is_still_valid_behind_the_example_of_nginx(
    tmp_path: Path, migrated_file: Path
) -> None:
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        unavailable("no nginx on this machine")
    front, behind = free_port(), free_port()
    (tmp_path / "nginx.conf").write_text(nginx_of(tmp_path, front, behind), "utf-8")
    shutil.copyfile(migrated_file, tmp_path / "tongdai.db")
    public = "https://tongdai.xa.example.vn"
    environment = {
        **frozen.OFFICE,
        "TONGDAI_PUBLIC_URL": public,
        "TONGDAI_DATA": str(tmp_path),
        "TONGDAI_TRUSTED_PROXIES": "127.0.0.1",
    }
    settings = load_settings(environment)
    hotline = open_hotline(settings)
    server = make_server("127.0.0.1", behind, create_app(hotline, ["voice"]), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    running = subprocess.Popen(
        [program, "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")]
    )
    try:
        form = {"CallSid": "CA" + "0" * 32, "SpeechResult": "xã Đại Lãnh + & ="}
        signed = f"{public}/ivr/fallback?a=%C4%91%2F+b&c=;"
        signature = RequestValidator(settings.auth_token.get_secret_value()).compute_signature(signed, form)
        address = signed.replace(public, f"http://127.0.0.1:{front}")

        def status(sent: str) -> int:
            headers = {"X-Twilio-Signature": sent, "Host": "tongdai.xa.example.vn"}
            return requests.post(address, data=form, headers=headers, timeout=10).status_code

        assert until(lambda: _answers(front)), (tmp_path / "error.log").read_text("utf-8")
        assert (status(signature), status("x" + signature)) == (200, 403)
    finally:
        running.terminate()
        running.wait(PATIENCE)
        server.shutdown()
        server.server_close()
        hotline.database.close()


def nginx_of(folder: Path, front: int, behind: int) -> str:
    """The example without its certificate, on ports of this test, as a configuration of its own."""
    server = (PLACE / "nginx.conf").read_text("utf-8").partition("\nserver {\n    listen 80;")[0]
    server = re.sub(r"(?m)^ *ssl_.*\n", "", server).replace("listen 443 ssl", f"listen 127.0.0.1:{front}")
    server = server.replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    head = f"daemon off; user root; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;"
    return f"{head}\nevents {{}}\nhttp {{ access_log off; {temporary}\n{server}\n}}\n"


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok
    except requests.RequestException:
        return False
