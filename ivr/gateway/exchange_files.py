"""Writes Asterisk's configuration from the settings: the same settings give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.gateway import dialplan
from ivr.gateway.ami import USER
from ivr.gateway.doors import derived, door_key
from ivr.gateway.folders import LineFolders
from ivr.gateway.whom import TRUNK, telephone_name
from logbook.settings.loading import Settings
from logbook.settings.own_line import ASKS_FOR_PASSWORD, RTP_PORTS, AsteriskPart

FIRST_LINE = "; Do tongdai line config viết ra từ config.yaml; sửa ở đó rồi viết lại, đừng sửa ở đây.\n"
MODULES = (
    *("res_timing_timerfd", "res_pjproject", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb"),
    *("res_speech", "res_agi", "res_rtp_asterisk", "res_pjsip", "res_pjsip_session", "res_pjsip_sdp_rtp"),
    *("res_pjsip_pubsub", "res_pjsip_authenticator_digest", "res_pjsip_outbound_authenticator_digest"),
    *("res_pjsip_endpoint_identifier_ip", "res_pjsip_endpoint_identifier_user", "res_pjsip_registrar"),
    *("res_pjsip_outbound_registration", "res_pjsip_caller_id", "res_pjsip_dtmf_info", "res_pjsip_nat"),
    *("res_pjsip_rfc3326", "res_pjsip_diversion", "chan_pjsip"),
    *("bridge_simple", "bridge_native_rtp", "bridge_builtin_features", "bridge_holding"),
    *("codec_alaw", "codec_ulaw", "codec_a_mu", "format_wav", "format_pcm"),
    *("pbx_config", "app_dial", "app_playback", "app_read", "app_record", "app_stack"),
    *("func_callerid", "func_channel", "func_strings", "func_logic", "func_timeout", "func_env"),
)
"""Everything that is loaded: no HTTP server, no other way for calls to come in or out."""
EMPTY = ("acl", "ccss", "cdr", "cel", "features", "http", "pjproject", "sorcery", "stasis", "udptl")
MANAGER_RIGHTS = "originate,reporting"
"""Ring somebody and see how the line stands; no command, no reload (T-25)."""
LONGEST_CHANNEL = 7200


@dataclass(frozen=True)
class ExchangePlaces:
    """Where Asterisk's own files lie, by its package: the defaults are Debian's."""

    config: str = "/etc/asterisk-tongdai"
    modules: str = "/usr/lib/x86_64-linux-gnu/asterisk/modules"
    data: str = "/usr/share/asterisk"
    state: str = "/var/lib/asterisk"
    spool: str = "/var/spool/asterisk"
    run: str = "/run/asterisk"
    log: str = "/var/log/asterisk"
    sip_resolver: bool = True


def generate(
    settings: Settings,
    exchange: AsteriskPart,
    calendar: dialplan.FallbackCalendar,
    places: ExchangePlaces = ExchangePlaces(),
) -> dict[str, str]:
    """Return every file by its name, for `tongdai line config`; nothing is read but the settings."""
    folders = LineFolders(settings.data_folder)
    secret = settings.secret_key.get_secret_value()
    files = {
        "asterisk.conf": _asterisk(places),
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES),
        "pjsip.conf": _pjsip(settings, exchange, secret),
        "extensions.conf": dialplan.extensions(settings, exchange, folders, door_key(secret), calendar),
        "rtp.conf": _section("general", rtpstart=exchange.rtp_port, rtpend=exchange.rtp_port + RTP_PORTS - 1)
        + "icesupport=no\n",
        "indications.conf": _section("general", country="vn")
        + _section("vn", description="Vietnam", ringcadence="1000,4000", dial="425", busy="425/500,0/500")
        + "ring=425/1000,0/4000\ncongestion=425/250,0/250\n",
        "logger.conf": "[general]\ndateformat=%F %T\n[logfiles]\nmessages => notice,warning,error\n",
        "manager.conf": _section(
            "general", enabled="yes", bindaddr="127.0.0.1", port=exchange.manager_port, webenabled="no"
        )
        + _section(
            USER,
            secret=derived(secret, "manager", 32),
            deny="0.0.0.0/0.0.0.0",
            permit="127.0.0.1/255.255.255.255",
            read="call,reporting",
            write=MANAGER_RIGHTS,
        ),
    }
    files |= {f"{name}.conf": "[general]\n" for name in EMPTY}
    files["cdr.conf"], files["cel.conf"] = "[general]\nenable=no\n", "[general]\nenable=no\n"
    files["sorcery.conf"] = files["acl.conf"] = ""
    return {name: FIRST_LINE + files[name] for name in sorted(files)}


def _section(name: str, /, **values: object) -> str:
    lines = "".join(f"{key}={value}\n" for key, value in values.items())
    return f"[{name}]\n{lines}"


def _asterisk(places: ExchangePlaces) -> str:
    folders = {
        "astetcdir": places.config,
        "astmoddir": places.modules,
        "astvarlibdir": places.state,
        "astdbdir": places.state,
        "astkeydir": places.state,
        "astdatadir": places.data,
        "astagidir": f"{places.state}/agi-bin",
        "astspooldir": places.spool,
        "astrundir": places.run,
        "astlogdir": places.log,
    }
    lines = "".join(f"{name} => {folder}\n" for name, folder in folders.items())
    options = _section(
        "options", transmit_silence="yes", live_dangerously="no", hideconnect="yes", nocolor="yes"
    )
    return f"[directories]\n{lines}{options}documentation_language=en_US\ndefaultlanguage=vi\n"


def _pjsip(settings: Settings, exchange: AsteriskPart, secret: str) -> str:
    address = f"{exchange.local_address}:{exchange.sip_port}"
    return "".join(
        [
            _section("global", type="global", user_agent="tongdai", endpoint_identifier_order="ip,username"),
            "keep_alive_interval=30\n",
            _section("udp", type="transport", protocol="udp", bind=address),
            _trunk(settings, exchange),
            *(_telephone(exchange, secret, identity) for identity in exchange.telephones),
        ]
    )


def _sound(exchange: AsteriskPart) -> dict[str, str]:
    """What every endpoint has: A-law first, sound on our address alone, keys as they come."""
    return {
        "transport": "udp",
        "disallow": "all",
        "allow": ",".join(exchange.trunk.codecs),
        "direct_media": "no",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "yes",
        "media_address": exchange.local_address,
        "bind_rtp_to_media_address": "yes",
        "dtmf_mode": "auto",
        "language": "vi",
        "tone_zone": "vn",
    }


def _trunk(settings: Settings, exchange: AsteriskPart) -> str:
    """The carrier: known by its address; with an account, a registration."""
    trunk, server = exchange.trunk, exchange.trunk.host.partition(":")[0]
    options = {"context": "from-trunk", "aors": TRUNK, "trust_id_inbound": "yes", "send_pai": "no"}
    parts = [
        _section(TRUNK, type="endpoint", **options, **_registered(settings, exchange), **_sound(exchange)),
        _section(TRUNK, type="aor", contact=f"sip:{trunk.host}", qualify_frequency=60),
        _section(f"{TRUNK}-from", type="identify", endpoint=TRUNK, match=server),
    ]
    if trunk.kind in ASKS_FOR_PASSWORD:
        word = settings.trunk_password.get_secret_value()
        account = {"username": trunk.user, "password": word}
        uris = {"server_uri": f"sip:{trunk.host}", "client_uri": f"sip:{trunk.user}@{server}"}
        again = {"retry_interval": 20, "forbidden_retry_interval": 60, "fatal_retry_interval": 60}
        parts += [
            _section(f"{TRUNK}-auth", type="auth", auth_type="userpass", **account),
            _section(
                f"{TRUNK}-registration",
                type="registration",
                transport="udp",
                outbound_auth=f"{TRUNK}-auth",
                **uris,
                contact_user=trunk.user,
                **again,
                max_retries=1_000_000,
                expiration=300,
            ),
        ]
    return "".join(parts)


def _telephone(exchange: AsteriskPart, secret: str, identity: str) -> str:
    name, password = telephone_name(identity), derived(secret, f"telephone:{identity}", 20)
    return (
        _section(name, type="endpoint", context="nowhere", aors=name, auth=f"{name}-auth", **_sound(exchange))
        + _section(name, type="aor", max_contacts=1, remove_existing="yes", qualify_frequency=30)
        + _section(f"{name}-auth", type="auth", auth_type="userpass", username=name, password=password)
    )


def _registered(settings: Settings, exchange: AsteriskPart) -> Mapping[str, str]:
    """What a carrier that knows an account asks of a call: its user in From, its password on demand."""
    if exchange.trunk.kind not in ASKS_FOR_PASSWORD:
        return {"from_user": "0" + settings.line.number.removeprefix("+84")}
    return {"outbound_auth": f"{TRUNK}-auth", "from_user": exchange.trunk.user}


def differences(files: Mapping[str, str], folder: Path) -> list[str]:
    """Return the names of files that are not in `folder` as they should be."""

    def there(name: str) -> str | None:
        try:
            return (folder / name).read_text("utf-8")
        except OSError:
            return None

    return [name for name, text in files.items() if there(name) != text]
