"""Asks the questions of the set-up assistant in the terminal, each again until its answer can be used."""

from __future__ import annotations

import click

from ivr.commands.setting_up.answers import SetupRefusedError, one, read
from ivr.commands.setting_up.questions import QUESTIONS, Question, QuestionKind
from logbook.texts.catalogue import Catalogue


def ask(words: Catalogue) -> dict[str, str]:
    """Every answer, checked one by one and together."""
    click.echo(f"{words.sentence('setup_title')}\n{words.sentence('setup_intro')}")
    answers: dict[str, str] = {}
    part = ""
    for question in QUESTIONS:
        if question.part != part:
            part = question.part
            click.echo(
                f"\n— {words.sentence(f'setup_part_{part}')} —\n{words.sentence(f'setup_hint_{part}')}"
            )
        answers[question.name] = _answer(question, words)
    while problems := read(answers)[1]:
        for question in (question for question in QUESTIONS if question.name in problems):
            click.echo(f"  ! {said(words, problems[question.name])}")
            answers[question.name] = _answer(question, words)
    return read(answers)[0]


def said(words: Catalogue, problem: SetupRefusedError) -> str:
    """Why an answer cannot be used."""
    key, details = problem.args
    return words.sentence(key, details)


def _answer(question: Question, words: Catalogue) -> str:
    hidden = question.kind is QuestionKind.PASSWORD
    label = words.sentence(f"setup_{question.name}")
    while True:
        given = str(
            click.prompt(
                label,
                default=question.default,
                show_default=bool(question.default),
                hide_input=hidden,
                confirmation_prompt=question.name == "admin_password",
            )
        )
        try:
            return one(question, given)
        except SetupRefusedError as problem:
            click.echo(f"  ! {said(words, problem)}")
