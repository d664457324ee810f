"""Decides who may do what: one function, deny by default (T-10).

Roles and what they may do are one table; a person's title is data and says nothing here. Whoever is
complained about, or stands in a conflict of interest, does not see the case at all (rules B10).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from logbook.ids import PersonId


class Act(StrEnum):
    """Everything the console lets somebody do."""

    SEE_TODAY = "see_today"
    SEE_TICKETS = "see_tickets"
    SEE_CALLER = "see_caller"
    LISTEN = "listen"
    ENTER = "enter"
    SEE_OPENINGS = "see_openings"
    CLASSIFY = "classify"
    ASSIGN = "assign"
    ANSWER = "answer"
    CLOSE = "close"
    CHANGE_DEADLINE = "change_deadline"
    GROUP = "group"
    EXPORT = "export"
    SEE_CALLS = "see_calls"
    RETURN_CALLS = "return_calls"
    RUN_LINE = "run_line"
    SEE_CALENDAR = "see_calendar"
    CHANGE_CALENDAR = "change_calendar"
    SEE_RESTRICTED = "see_restricted"
    SEE_AUDIT_LOG = "see_journal"
    RUN_PEOPLE = "run_people"
    OWN_ACCOUNT = "own_account"
    SEE_REPORTS = "see_reports"
    WRITE_TEAM_PART = "write_team_part"
    REMARK_REPORT = "remark_report"
    EXPLAIN_LATE = "explain_late"
    RUN_OBSTACLES = "run_obstacles"
    CONFIRM_REPORT = "confirm_report"
    ACKNOWLEDGE = "acknowledge"
    INSTRUCT = "instruct"
    SEE_LEADER = "see_leader"
    SEE_OUTBOX = "see_told"
    HOLD = "hold"
    SEE_OFFICIALS = "see_officials"
    RUN_OFFICIALS = "run_officials"
    SEE_SLIPS = "see_slips"
    ENTER_SLIPS = "enter_slips"
    WRITE_INDEX = "write_index"
    SEE_DUTY = "see_duty"
    PLAN_DUTY = "plan_duty"
    OWN_DUTY = "own_duty"
    SEE_DOSSIERS = "see_dossiers"
    IMPORT_DOSSIERS = "import_dossiers"
    WORK_DOSSIERS = "work_dossiers"
    EXPLAIN_DOSSIERS = "explain_dossiers"
    CLOSE_DESK_MONTH = "close_desk_month"
    ASSIGN_TEAM = "assign_team"
    SEE_TEAM = "see_team"
    SEE_FORMS = "see_forms"
    WRITE_FORMS = "write_forms"
    RUN_BUDGET = "run_budget"
    OWN_RATINGS = "own_ratings"
    MODERATE_COMMENTS = "moderate_comments"
    SEE_STUFFING = "see_stuffing"
    SEE_PUBLICATIONS = "see_publications"
    WRITE_PUBLICATION = "write_publication"
    APPROVE_PUBLICATION = "approve_publication"
    SEE_NOTICES = "see_notices"
    WRITE_NOTICE = "write_notice"
    APPROVE_NOTICE = "approve_notice"
    POST_NOTICE = "post_notice"
    SEE_PUBLICITY = "see_publicity"
    WRITE_PUBLICITY = "write_publicity"
    OWN_PLAN = "own_plan"
    SEE_PLAN = "see_plan"
    RUN_PLAN = "run_plan"
    SEE_LISTS = "see_lists"
    WRITE_LISTS = "write_lists"
    INTERNAL_CHECKS = "internal_checks"
    MAKE_REPORT = "make_report"
    RUN_CONNECTIONS = "run_connections"
    SEE_PROVINCE = "see_province"


_EVERYBODY = frozenset(
    {
        Act.OWN_ACCOUNT,
        Act.SEE_TODAY,
        Act.SEE_CALENDAR,
        Act.SEE_DUTY,
        Act.OWN_DUTY,
        Act.OWN_RATINGS,
        Act.OWN_PLAN,
    }
)
_DIRECTS = frozenset(
    {
        Act.ACKNOWLEDGE,
        Act.SEE_LEADER,
        Act.INSTRUCT,
        Act.MODERATE_COMMENTS,
        Act.SEE_STUFFING,
        Act.INTERNAL_CHECKS,
    }
)
_READS = _EVERYBODY | {
    Act.SEE_TICKETS,
    Act.SEE_OPENINGS,
    Act.SEE_CALLS,
    Act.SEE_REPORTS,
    Act.SEE_OFFICIALS,
    Act.SEE_SLIPS,
    Act.SEE_DOSSIERS,
    Act.SEE_TEAM,
    Act.SEE_FORMS,
    Act.SEE_PUBLICATIONS,
    Act.SEE_NOTICES,
    Act.SEE_PUBLICITY,
    Act.SEE_PLAN,
    Act.SEE_LISTS,
}
_WORKS = _READS | {
    Act.ACKNOWLEDGE,
    Act.SEE_OUTBOX,
    Act.SEE_CALLER,
    Act.LISTEN,
    Act.ENTER,
    Act.CLASSIFY,
    Act.ASSIGN,
    Act.ANSWER,
    Act.CLOSE,
    Act.GROUP,
    Act.EXPORT,
    Act.RETURN_CALLS,
    Act.RUN_LINE,
    Act.ENTER_SLIPS,
    Act.WRITE_INDEX,
    Act.IMPORT_DOSSIERS,
    Act.WORK_DOSSIERS,
    Act.EXPLAIN_DOSSIERS,
    Act.WRITE_FORMS,
    Act.WRITE_PUBLICATION,
    Act.POST_NOTICE,
    Act.WRITE_PUBLICITY,
    Act.WRITE_LISTS,
}
_LEADS = (
    _WORKS
    | _DIRECTS
    | {
        Act.CHANGE_DEADLINE,
        Act.CHANGE_CALENDAR,
        Act.SEE_AUDIT_LOG,
        Act.SEE_RESTRICTED,
        Act.HOLD,
        Act.RUN_OFFICIALS,
        Act.CLOSE_DESK_MONTH,
        Act.APPROVE_PUBLICATION,
        Act.WRITE_NOTICE,
    }
)
_OVERSEES = (
    _READS
    | _DIRECTS
    | {
        Act.SEE_CALLER,
        Act.LISTEN,
        Act.CHANGE_DEADLINE,
        Act.SEE_RESTRICTED,
        Act.APPROVE_PUBLICATION,
        Act.APPROVE_NOTICE,
    }
)
_SERVES = _EVERYBODY | {
    Act.SEE_TICKETS,
    Act.SEE_OPENINGS,
    Act.ENTER,
    Act.ANSWER,
    Act.SEE_SLIPS,
    Act.ENTER_SLIPS,
    Act.SEE_DOSSIERS,
    Act.WORK_DOSSIERS,
    Act.EXPLAIN_DOSSIERS,
    Act.SEE_FORMS,
    Act.WRITE_FORMS,
    Act.SEE_LISTS,
    Act.WRITE_LISTS,
}
"""What is done at the one-stop desk."""

ROLES: Mapping[str, frozenset[Act]] = {
    "clerk": _WORKS | {Act.EXPLAIN_LATE},
    "desk_officer": _SERVES,
    "head_of_desk": _SERVES
    | {
        Act.ACKNOWLEDGE,
        Act.SEE_REPORTS,
        Act.SEE_OFFICIALS,
        Act.IMPORT_DOSSIERS,
        Act.CLOSE_DESK_MONTH,
        Act.SEE_NOTICES,
        Act.WRITE_NOTICE,
        Act.SEE_PLAN,
    },
    "survey_lead": _EVERYBODY
    | {
        Act.SEE_REPORTS,
        Act.SEE_OFFICIALS,
        Act.SEE_SLIPS,
        Act.ENTER_SLIPS,
        Act.WRITE_INDEX,
        Act.SEE_STUFFING,
        Act.SEE_DOSSIERS,
        Act.SEE_NOTICES,
        Act.POST_NOTICE,
        Act.SEE_PUBLICITY,
        Act.WRITE_PUBLICITY,
    },
    "head_of_office": _LEADS
    | {
        Act.REMARK_REPORT,
        Act.EXPLAIN_LATE,
        Act.RUN_OBSTACLES,
        Act.PLAN_DUTY,
        Act.RUN_BUDGET,
        Act.RUN_PLAN,
        Act.MAKE_REPORT,
        Act.RUN_CONNECTIONS,
    },
    "team_leader": _EVERYBODY
    | {
        Act.ACKNOWLEDGE,
        Act.SEE_REPORTS,
        Act.WRITE_TEAM_PART,
        Act.RUN_OBSTACLES,
        Act.SEE_OFFICIALS,
        Act.ASSIGN_TEAM,
        Act.SEE_TEAM,
        Act.SEE_FORMS,
        Act.WRITE_FORMS,
        Act.SEE_NOTICES,
        Act.SEE_PUBLICITY,
        Act.WRITE_PUBLICITY,
        Act.SEE_LISTS,
        Act.WRITE_LISTS,
    },
    "team_member": frozenset(
        {Act.OWN_ACCOUNT, Act.SEE_TODAY, Act.SEE_DUTY, Act.OWN_DUTY, Act.SEE_FORMS, Act.WRITE_FORMS}
    ),
    "plan_owner": _EVERYBODY
    | {
        Act.SEE_REPORTS,
        Act.SEE_OFFICIALS,
        Act.SEE_PLAN,
        Act.RUN_PLAN,
        Act.SEE_LISTS,
        Act.WRITE_LISTS,
        Act.MAKE_REPORT,
    },
    "chairman": _OVERSEES | {Act.SEE_AUDIT_LOG, Act.CONFIRM_REPORT, Act.CLOSE_DESK_MONTH},
    "vice_chairman": _OVERSEES | {Act.ANSWER, Act.CLOSE, Act.EXPLAIN_LATE},
    "administrator": _EVERYBODY
    | {
        Act.ACKNOWLEDGE,
        Act.RUN_PEOPLE,
        Act.RUN_CONNECTIONS,
        Act.CHANGE_CALENDAR,
        Act.SEE_AUDIT_LOG,
        Act.SEE_OFFICIALS,
        Act.RUN_OFFICIALS,
    },
    "auditor": _READS | {Act.SEE_AUDIT_LOG},
}

PROVINCE = "province"
PROVINCE_ROLES: Mapping[str, frozenset[Act]] = {PROVINCE: frozenset({Act.OWN_ACCOUNT, Act.SEE_PROVINCE})}
"""Roles of the province's own pages; no office has them, and the province has no other."""

ASSIGNED_ONLY = frozenset({"desk_officer", "head_of_desk"})
"""Roles that see and answer nothing but the tickets assigned to them."""

CASE_ACTS = frozenset(
    {
        Act.SEE_TICKETS,
        Act.SEE_CALLER,
        Act.LISTEN,
        Act.CLASSIFY,
        Act.ASSIGN,
        Act.ANSWER,
        Act.CLOSE,
        Act.CHANGE_DEADLINE,
        Act.GROUP,
        Act.ACKNOWLEDGE,
        Act.INSTRUCT,
        Act.HOLD,
        Act.WRITE_PUBLICATION,
        Act.APPROVE_PUBLICATION,
    }
)


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is signed in, as far as rights go."""

    id: PersonId
    login: str
    name: str
    title: str
    role: str
    language: str
    sees_restricted: bool
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class Case:
    """What rights must know of a ticket: whom it is about, its route, and who works on it."""

    subject_ids: frozenset[int]
    conflict: bool
    guided: bool
    assigned_id: PersonId | None


def makes_conflict(role: str) -> bool:
    """Whether what concerns somebody of this role goes round the chairman: only what is about the chairman.

    Everything else reaches the chairman, who decides (000-13), and is kept from whom it concerns alone.
    """
    return role == "chairman"


def is_kept_away(person_id: PersonId, role: str, subject_ids: Collection[int], *, conflict: bool) -> bool:
    """Whether a ticket is kept from somebody: it concerns them, or it goes round the chairman (rules B10).

    The one rule for people with an account: what they see, what they are given, what is proposed.
    """
    return person_id in subject_ids or (conflict and makes_conflict(role))


def may(person: Person, act: Act, case: Case | None = None) -> bool:
    """Whether `person` may do `act`, to `case` where the act is done to one.

    Whoever serves at the desk works only on what is assigned to them; a vice-chairman, who stands on the
    route around a conflict, answers and closes only that. A khiếu nại or tố cáo opens only for named
    viewers, and its sound to nobody here (rules B1).
    """
    if act not in (ROLES.get(person.role) or PROVINCE_ROLES.get(person.role, frozenset())):
        return False
    if act is Act.SEE_RESTRICTED and not person.sees_restricted:
        return False
    if case is None or act not in CASE_ACTS:
        return True
    if Act.SEE_TICKETS not in ROLES[person.role]:
        return False
    if is_kept_away(person.id, person.role, case.subject_ids, conflict=case.conflict):
        return False
    if case.guided and (act is Act.LISTEN or not person.sees_restricted):
        return False
    if person.role in ASSIGNED_ONLY or (person.role == "vice_chairman" and act in (Act.ANSWER, Act.CLOSE)):
        return case.assigned_id == person.id
    return True
