"""Prepares the database before the first call: tables at the right revision, criteria stored."""

from __future__ import annotations

import threading
import time
from contextvars import copy_context
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError

from ivr.line.hotline import Hotline
from logbook.accounts import demo_accounts, key_check
from logbook.calls.criteria import CriteriaSetChangedError
from logbook.database.engine import DatabaseBusyError, SchemaError
from logbook.database.samples import any_samples
from logbook.database.sqlite_copy import BackupFailedError, UnsoundBackupError
from logbook.database.trouble import sentence
from logbook.officials import first_filling
from logbook.ratings import instruments
from logbook.sending.trial import settle_mode
from logbook.settings.errors import SettingsError
from logbook.tickets import conflicts_put_right

AGAIN_SECONDS = 2.0
SAID_AGAIN_SECONDS = 60.0
FIRST_TRY_SECONDS = 5.0
"""So long callers wait at an everyday start instead of hearing an apology."""
log = structlog.get_logger("ivr.running.prepare")


class DemoAccountsLeftError(Exception):
    """Production does not start while sample accounts can sign in."""


class SamplesLeftError(Exception):
    """A trial or production does not start while its database holds the sample month."""


REFUSALS = (
    SchemaError,
    SettingsError,
    CriteriaSetChangedError,
    DemoAccountsLeftError,
    SamplesLeftError,
    BackupFailedError,
    UnsoundBackupError,
)
"""Why a database must not be used as it is; to wait does not help."""


def refusal(problem: Exception) -> str:
    """What to say of one of the REFUSALS."""
    if isinstance(problem, BackupFailedError | UnsoundBackupError):
        return f"Chưa nâng cấp, vì chưa sao lưu được sổ: {problem}"
    return str(problem)


def prepare(hotline: Hotline) -> None:
    """Upgrade SQLite by itself (after a copy); on PostgreSQL only check, since workers race (F-17, F-20).

    Raises SchemaError when the tables are not the ones this program knows, or the database is another
    SECRET_KEY's (KeyChangedError); DemoAccountsLeftError and SamplesLeftError outside demonstrations.
    """
    database = hotline.database
    now = hotline.clock.now()
    if database.is_sqlite:
        database.upgrade(now)
    elif not database.at_head():
        raise SchemaError(
            "Cơ sở dữ liệu chưa được nâng cấp; hãy chạy: tongdai db upgrade\n"
            "The database is not up to date; run: tongdai db upgrade"
        )
    instruments.for_slips(hotline.settings)
    asked = instruments.registry(hotline.settings).values()
    with database.writing() as conn:
        key_check.demand(conn, hotline.settings.secret_key.get_secret_value(), now)
        if not hotline.settings.is_demo and demo_accounts.demo_accounts_left(conn):
            raise DemoAccountsLeftError(
                "Còn tài khoản mẫu đang mở; hãy khóa bằng: tongdai user disable TÊN\n"
                "Sample accounts are still enabled; disable them with: tongdai user disable LOGIN"
            )
        if not hotline.settings.is_demo and any_samples(conn):
            raise SamplesLeftError(
                "Sổ còn tháng mẫu; hãy xóa bằng: TONGDAI_MODE=demo tongdai demo remove\n"
                "The sample month is still there; remove it with: TONGDAI_MODE=demo tongdai demo remove"
            )
        settle_mode(conn, hotline.settings, now)
        first_filling.fill(conn, hotline.settings, now)
        instruments.install(conn, asked, now)
        texts = hotline.texts[hotline.settings.line.language]
        conflicts_put_right.put_right(conn, texts.sentence("conflict_put_right"), now)


class Preparation:
    """Prepares in the background for as long as it takes: a database that comes later is waited for (F-21).

    `tried` after the first try, `done` when the database may be used. `refused` is the sentence for a
    database that must not be used, found at the first try; found later, it is waited for like a missing one,
    for the telephone is answered already and must stay so.
    """

    def __init__(self, hotline: Hotline, *, leads: bool) -> None:
        """`leads` prepares the database; otherwise another process does, and this one waits for it."""
        self._hotline, self._leads = hotline, leads
        self._tried = threading.Event()
        self.done = False
        self.refused = ""
        self._said = ("", 0.0)
        self._given_up = threading.Event()

    def run(self) -> None:
        """Try until it is done or refused, or given up."""
        self._hotline.calendars.work_out()
        while not self._try():
            self._tried.set()
            if self._given_up.wait(AGAIN_SECONDS):
                break
        self._tried.set()

    def begin(self, patience: float = FIRST_TRY_SECONDS) -> None:
        """Run in a thread; return when the first try is over, or after `patience` seconds."""
        run = partial(copy_context().run, self.run)  # what it logs names the office that is being opened
        threading.Thread(target=run, name="prepare", daemon=True).start()
        self.wait(patience)

    def wait(self, seconds: float) -> None:
        """Return when the first try is over, or after so long."""
        self._tried.wait(seconds)

    def give_up(self) -> None:
        """Try no more: nobody waits for this database."""
        self._given_up.set()

    @property
    def tried(self) -> bool:
        """Whether the first try is over."""
        return self._tried.is_set()

    def _try(self) -> bool:
        try:
            if not self._leads:
                self.done = self._hotline.database.at_head()
                return self.done
            prepare(self._hotline)
        except REFUSALS as problem:
            return self._refuse(refusal(problem))
        except (DatabaseBusyError, OSError) as problem:
            self._note(sentence(problem) or str(problem))
            return False
        except DBAPIError as problem:
            return self._refuse(sentence(problem) or str(problem))
        except Exception as problem:  # a mistake of the program: said with its place, and tried again
            self._note(str(problem) or type(problem).__name__, problem)
            return False
        self._hotline.database.rest()  # what an upgrade has read is of no use to callers
        self.done = True
        return True

    def _refuse(self, why: str) -> bool:
        if self.tried:
            self._note(why)
            return False
        self.refused = why
        return True

    def _note(self, why: str, mistake: Exception | None = None) -> None:
        before, since = self._said
        now = time.monotonic()
        if why != before or now - since > SAID_AGAIN_SECONDS:
            self._said = (why, now)
            log.warning("waiting for the database", problem=why, exc_info=mistake)
