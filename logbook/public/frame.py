"""The frame of the pages for citizens: no sign-in, no cookie, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, render_template
from sqlalchemy import Connection

from logbook.clock import local
from logbook.database.samples import any_samples
from logbook.guards import everyone, guarded_by
from logbook.installation import Installation
from logbook.public.kept_pages import KeptPages
from logbook.texts.catalogue import Catalogue


class PublicFrame:
    """One installation's public pages: each adds itself with `page` and is shown with `show`."""

    def __init__(self, installation: Installation) -> None:
        """No page yet, for `installation`."""
        self.installation = installation
        self.settings = installation.settings
        self.kept = KeptPages()
        self.blueprint = Blueprint("public", __name__, template_folder="templates")

    def page(self, rule: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Add a view at `rule` that everybody may read."""

        def add(view: Callable[..., Any]) -> Callable[..., Any]:
            marked = guarded_by(everyone)(view)
            self.blueprint.add_url_rule(rule, view_func=marked)
            return marked

        return add

    @property
    def now(self) -> datetime:
        """The office's clock."""
        return self.installation.clock.now()

    @property
    def catalogue(self) -> Catalogue:
        """The sentences in the language of the line."""
        return self.installation.texts[self.settings.line.language]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that only reads."""
        with self.installation.database.reading() as conn:
            yield conn

    def answer(
        self,
        name: str,
        made_from: Hashable,
        make: Callable[[], str | bytes],
        *,
        fresh_seconds: int = 0,
        mimetype: str = "text/html",
    ) -> Response:
        """Answer with a kept page (`KeptPages.answer`), made again when samples come or go."""
        with self.reading() as conn:
            g.samples = any_samples(conn)
        known = (made_from, g.samples)
        return self.kept.answer(name, known, make, fresh_seconds=fresh_seconds, mimetype=mimetype)

    def says(self, key: str, **words: object) -> str:
        """The sentence `key` with its words."""
        return self.catalogue.sentence(key, {name: str(word) for name, word in words.items()})

    def show(self, template: str, here: str, path: str, **values: object) -> str:
        """The page `here` of the menu, at `path` below the public address."""
        settings = self.settings
        return render_template(
            f"public/{template}",
            w=self.says,
            day=lambda moment: f"{local(moment):%d/%m/%Y}",
            language=self.catalogue.language,
            office=settings.office,
            number=settings.line.number_shown,
            telephone=settings.line.number,
            trial=settings.is_trial,
            samples=g.get("samples", False),
            here=here,
            address=f"{settings.public_url}{path}",
            **values,
        )

    def not_found(self) -> tuple[Response, int]:
        """An address that leads nowhere, with the way on."""
        return Response(self.show("nowhere.html", "", "/")), 404
