"""Guards of routes, deny by default: a route without a guard answers 403 (T-01, T-10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue

View = TypeVar("View", bound=Callable[..., object])
Guard = Callable[[], object]


class Guarding(Protocol):
    """Marks views with one guard."""

    def __call__(self, view: View, /) -> View:
        """The same view, marked."""


def guarded_by(guard: Guard) -> Guarding:
    """Mark a view with the guard that must let a request through before the view runs.

    A guard lets through by returning None; anything else it returns is the answer.
    """

    def mark(view: View) -> View:
        view.guard = guard  # type: ignore[attr-defined]
        return view

    return mark


def everyone() -> None:
    """The guard of public pages: whoever asks may read."""


def keep_watch(app: Flask) -> None:
    """Run the guard of the matched route before anything else; routes without one answer 403."""

    @app.before_request
    def watch() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None
        guard = getattr(app.view_functions[request.endpoint], "guard", None)
        if guard is None:
            abort(403)
        answer: ResponseReturnValue | None = guard()
        return answer
