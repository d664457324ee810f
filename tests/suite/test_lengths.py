"""Files and functions are short enough to be read at once, or say why not."""

from tests.house import LONG_FILE, LONG_FUNCTION, ROOT, functions, sources

LONGER = {
    "callflows/vocabulary.py": "the database keeps the class names of this one module with what was heard",
    "ivr/embedded/sip_call.py": "one call in SIP is one value with its requests and answers",
    "ivr/gateway/asterisk_line.py": "one call of the exchange is one value with its wishes",
    "ivr/phone/executor.py": "one call of a telephone is one value with its verbs",
    "logbook/accounts/rights.py": "every role, every act, who may do which",
    "logbook/console/pages/office/duty.py": "the roster, its forms and who is away",
    "logbook/publications/publications.py": "the life of a publication",
    "logbook/reports/made.py": "the life of a report, and the part of the team",
    "logbook/retention/restore.py": "a copy brought back on both kinds of database",
    "logbook/settings/config_file.py": "one class a part of config.yaml",
    "ivr/commands/call.py:call": "one command with all its options",
    "logbook/console/pages/office/duty.py:_add_away": "one page with its forms",
    "logbook/console/pages/tickets/new_ticket.py:add": "one page with its forms",
    "logbook/console/views/ticket_page.py:show": "everything a ticket's page shows",
    "logbook/console/views/apology_letter.py:written": "one letter from top to bottom",
    "logbook/settings/environment.py:read": "every variable of the environment, one after the other",
    "logbook/tickets/open_by_phone.py:open_by_phone": "one transaction step by step",
}
"""What is longer than the rule, and why; nothing joins them, and what is shortened leaves."""


def _too_long() -> set[str]:
    files = {path.relative_to(ROOT).as_posix(): path for path in sources() if "migrations" not in path.parts}
    long = {name for name, path in files.items() if len(path.read_text("utf-8").splitlines()) > LONG_FILE}
    return long | {
        where for lines, where in functions() if lines > LONG_FUNCTION and "/migrations/" not in where
    }


def test_no_file_and_no_function_grows_longer_than_can_be_read_at_once() -> None:
    assert sorted(_too_long() - LONGER.keys()) == []


def test_what_is_no_longer_too_long_is_not_excused() -> None:
    assert sorted(LONGER.keys() - _too_long()) == []
