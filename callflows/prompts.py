"""What the dialogue that records the office's own voice asks the logbook, and the answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OpensStudio:
    """Whether these six digits let somebody record, and which sentence they begin with."""

    digits: str


@dataclass(frozen=True)
class WhatToRecord:
    """The sentence after `after` that still has no recording; `code` is the logbook's name of the code."""

    code: str
    after: str


@dataclass(frozen=True)
class KeepsPrompt:
    """Keep a recording as the voice of a text; the answer is the next sentence."""

    code: str
    prompt: str
    text: str
    recording: str


@dataclass(frozen=True)
class PromptToRead:
    """A sentence to record; an empty text when none is left."""

    code: str
    prompt: str
    text: str


@dataclass(frozen=True)
class PromptCodeRefused:
    """No such code, or not any more; `tries_left` in this call."""

    tries_left: int


PromptQuestion = OpensStudio | WhatToRecord | KeepsPrompt
PromptAnswer = PromptToRead | PromptCodeRefused
