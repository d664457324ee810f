"""Which keys a gateway needs in the environment: without them the program does not start (T-04)."""

from logbook.settings.config_file import ConfigFile
from logbook.settings.environment import SOURCE, Environment
from logbook.settings.errors import Problem, SettingsError


def refuse_keyless(file: ConfigFile, environment: Environment) -> None:
    """Refuse a gateway without its keys; a demonstration sends nothing through it."""
    if environment.mode == "demo":
        return
    esms = "citizens.sms_gateway là esms", "citizens.sms_gateway is esms"
    zalo = "citizens.zns đang đặt", "citizens.zns is set"
    needed = [
        (file.citizens.sms_gateway == "esms", "ESMS_API_KEY", environment.esms_key, *esms),
        (file.citizens.sms_gateway == "esms", "ESMS_SECRET_KEY", environment.esms_secret, *esms),
        (file.citizens.zns is not None, "ZALO_APP_SECRET", environment.zalo_app_secret, *zalo),
        (file.citizens.zns is not None, "ZALO_OA_SECRET", environment.zalo_oa_secret, *zalo),
        (file.citizens.zns is not None, "ZALO_REFRESH_TOKEN", environment.zalo_refresh_token, *zalo),
        (file.citizens.zns is not None, "TONGDAI_DATA_KEY", "".join(environment.data_keys), *zalo),
    ]
    missing = [(name, vi, en) for is_used, name, value, vi, en in needed if is_used and not value]
    if missing:
        raise SettingsError(
            Problem(SOURCE, name, f"thiếu; {vi}", f"missing; {en}") for name, vi, en in missing
        )
