"""The `tongdai` command; each subcommand has its own file, loaded only when it runs."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import click

ENV_FILE = "tongdai.env"
"""What `tongdai setup` writes beside config.yaml; the environment itself goes first."""
STARTERS = ("serve", "voice", "web", "scheduler")
"""Commands that become other processes, which log themselves: nothing heavy is loaded for them."""
COMMANDS = {
    "serve": ("ivr.commands.serve", "Run everything in one place: telephone, pages and scheduler"),
    "voice": ("ivr.commands.serve", "Run the telephone's webhooks alone"),
    "web": ("ivr.commands.serve", "Run the pages alone"),
    "scheduler": ("ivr.commands.serve", "Run what happens without anyone calling"),
    "setup": ("ivr.commands.going_live.setup", "Set up a commune from nothing, here or in the browser"),
    "office": (
        "ivr.commands.offices.office",
        "Add, list, export, move and remove the offices of an installation",
    ),
    "province": ("ivr.commands.offices.province", "Signed figures of a month, and who may see them"),
    "upgrade": ("ivr.commands.going_live.upgrade", "Go to a new release, and back if it does not start"),
    "line": ("ivr.commands.own_line.line", "The office's own line: run, config, check, test"),
    "fallback": (
        "ivr.commands.own_line.fallback",
        "What answers when nothing of ours does",
    ),
    "check": ("ivr.commands.check", "Check settings, calendar and roster"),
    "db": ("ivr.commands.db", "Bring the database up to date, tell where it stands"),
    "calendar": ("ivr.commands.calendar", "Print a month of the working calendar"),
    "duty": ("ivr.commands.duty", "Print who is on duty in each session of a day"),
    "allowance": ("ivr.commands.figures", "Print what the helpers of a month are paid"),
    "close": ("ivr.commands.closing", "Close the line by hand, with a reason"),
    "reopen": ("ivr.commands.closing", "Open the line again"),
    "user": ("ivr.commands.user", "Make and change accounts of the console"),
    "verify": ("ivr.commands.verify", "Check that histories, journal and recordings are what was written"),
    "backup": ("ivr.commands.backup", "Copy the running book and its recordings, and check the copy"),
    "restore": ("ivr.commands.restore", "Put a copy in the place of the book"),
    "prompts": ("ivr.commands.prompts", "What the line says: which sentences are recorded, stale, too quiet"),
    "flow": ("ivr.commands.flow", "Print the whole dialogue as a diagram"),
    "call": ("ivr.commands.call", "Place a call to the running hotline"),
    "phone": ("ivr.commands.phone", "Be the telephone of a number the hotline calls (demonstration)"),
    "calls": ("ivr.commands.listing", "List telephone calls"),
    "tickets": ("ivr.commands.listing", "List tickets"),
    "ratings": ("ivr.commands.listing", "List ratings"),
    "index": ("ivr.commands.figures", "Print how satisfied people are, by instrument and channel"),
    "tokens": ("ivr.commands.tokens", "Make one-time codes for ratings by QR code"),
    "api": ("ivr.commands.tokens", "Give and revoke tokens of other systems that may read"),
    "instruments": ("ivr.commands.listing", "List the instruments of the survey"),
    "officials": ("ivr.commands.listing", "List the register of officials"),
    "import": ("ivr.commands.importing", "Bring a file of the desk's software into the book"),
    "key": ("ivr.commands.key", "Make a key for people's names, encrypt them with the newest one"),
    "demo": ("ivr.commands.demo", "Fill a demonstration with a sample month, or remove it"),
    "report": ("ivr.commands.report", "Print a report that was made, write its document and workbook"),
    "quota": ("ivr.commands.figures", "How many slips a month still needs"),
    "plan": ("ivr.commands.plan", "The action plan: its tasks and their states, import and export"),
}


class Lazy(click.Group):
    """A group that imports a command when it is asked for, so that `tongdai --help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands in the order of the list above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(import_module(COMMANDS[cmd_name][0]), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print names and summaries without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    help=f"Tệp biến môi trường; mặc định là {ENV_FILE} trong thư mục này, nếu có.",
)
@click.option(
    "--installation",
    type=click.Path(path_type=Path, file_okay=False),
    help="Thư mục cài đặt của nhiều đơn vị (hoặc biến TONGDAI_INSTALLATION).",
)
@click.option("--office", help="Mã đơn vị mà lệnh này làm việc, trong cài đặt của nhiều đơn vị.")
@click.pass_context
def tongdai(ctx: click.Context, env_file: Path | None, installation: Path | None, office: str | None) -> None:
    """Tổng đài Cải cách hành chính: the hotline of a commune."""
    if ctx.invoked_subcommand != "setup" and (env_file or Path(ENV_FILE).is_file()):
        from logbook.settings.env_file import join_env_file

        join_env_file(env_file or Path(ENV_FILE), os.environ)
    if installation is not None:
        from logbook.settings.environment import INSTALLATION_VARIABLE

        os.environ[INSTALLATION_VARIABLE] = str(installation.expanduser().absolute())
    if office is not None:
        _become_office(office)

    if ctx.invoked_subcommand not in STARTERS:
        from logbook.process.logs import configure_logs

        configure_logs("demo")  # a command shows warnings; a server says at its start what else it shows
    from logbook.process.routes_outside import spare_loopback

    spare_loopback(os.environ)
    if ctx.invoked_subcommand != "serve":
        from ivr.running.demonstration_clock import join

        join(os.environ)


def _become_office(code: str) -> None:
    """Let the command run as if the office `code` were alone: with its environment and no other's."""
    from logbook.offices.environment import OURS, environment_of, installation_folder
    from logbook.offices.register import read_offices

    folder = installation_folder(os.environ)
    if folder is None:
        raise click.ClickException(
            "Chưa biết thư mục cài đặt; hãy thêm --installation THƯ-MỤC trước --office."
        )
    offices = read_offices(folder)
    if code in offices.broken:
        raise offices.broken[code]
    entry = offices.of_code(code)
    if entry is None:
        raise click.ClickException(f"Không có đơn vị {code} trong {folder}; xem: tongdai office list")
    own = environment_of(entry, os.environ)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    os.environ.update(own)


def main() -> None:
    """Run a command; what a person has to mend is said in a sentence: exit status 2 for settings, else 1."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")  # Windows consoles are not UTF-8 by themselves
    from logbook.settings.errors import SettingsError

    try:
        tongdai(prog_name="tongdai")
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except Exception as error:
        from logbook.database.trouble import sentence

        said = sentence(error)
        if said is None:
            raise
        click.echo(f"Lỗi: {said}", err=True)
        sys.exit(1)
