"""Answers the dialogue that records the office's own voice: codes, sentences, what a key keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection

from callflows.prompts import (
    KeepsPrompt,
    OpensStudio,
    PromptAnswer,
    PromptCodeRefused,
    PromptQuestion,
    PromptToRead,
    WhatToRecord,
)
from ivr.line.hotline import Hotline
from logbook.ids import CallId, RecordingId
from logbook.prompts import codes, phoned
from logbook.prompts.codes import PhoningCode


@dataclass(frozen=True)
class StudioDesk:
    """Answers for one call at one moment."""

    hotline: Hotline
    conn: Connection
    call_id: CallId
    now: datetime

    def answer(self, question: PromptQuestion) -> PromptAnswer:
        """The answer to `question`; a code counts only while it is valid, at every step."""
        match question:
            case OpensStudio(digits=digits):
                return self._open(digits)
            case WhatToRecord(code=code, after=after):
                found = codes.of_id(self.conn, int(code), self.now)
                return self._next(found, after)
            case KeepsPrompt(code=code):
                found = codes.of_id(self.conn, int(code), self.now)
                if found is not None:
                    recording = RecordingId(int(question.recording))
                    phoned.keep(self.conn, found, question.prompt, question.text, recording, self.now)
                return self._next(found, question.prompt)
            case _:
                assert_never(question)

    def _open(self, digits: str) -> PromptAnswer:
        if not codes.may_try(self.conn, self.call_id, self.now):
            return PromptCodeRefused(0)
        secret = self.hotline.settings.secret_key.get_secret_value()
        found = codes.of_digits(self.conn, secret, digits, self.now)
        if found is None:
            return PromptCodeRefused(codes.tries_left(self.conn, self.call_id, self.now))
        codes.was_right(self.conn, self.now)
        return self._next(found, "")

    def _next(self, code: PhoningCode | None, after: str) -> PromptAnswer:
        if code is None:
            return PromptCodeRefused(0)
        content = self.hotline.prompts.now(self.conn)
        prompt = phoned.next_prompt(self.conn, code, content, self.hotline.settings, after)
        if prompt is None:
            return PromptToRead(str(code.id), "", "")
        return PromptToRead(str(code.id), prompt.name, prompt.text)
