"""Imports a file of the desk's software: the preview, the order, and how far the job is with it."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.dossiers import headings, importing, source, uploads
from logbook.dossiers.unreadable import UnreadableFileError

LARGEST_FILE = 32 * 1024 * 1024
"""Bytes; 100,000 dossiers with twenty columns are about 25 million. It is read in memory."""
ONE_UPLOAD = "/dossiers/import/<string(length=32):key>"


def add(desk: ConsoleFrame) -> None:
    """`/console/dossiers/import`: the form, the preview, the order, and how far the import is."""

    @desk.page("/dossiers/import", Act.IMPORT_DOSSIERS)
    def import_dossiers() -> str:
        return _form(desk)

    @desk.page("/dossiers/import", Act.IMPORT_DOSSIERS, methods=("POST",), largest=LARGEST_FILE + 64 * 1024)
    def look_at_dossiers() -> Response | tuple[str, int]:
        return _look(desk)

    @desk.page(ONE_UPLOAD, Act.IMPORT_DOSSIERS)
    def dossiers_preview(key: str) -> str | Response:
        with desk.reading() as conn:
            upload = uploads.find(conn, key, desk.person, desk.now)
            ordered = uploads.running(conn)
        if upload is None:
            return desk.back("import_dossiers", "dossier_upload_gone", done=False)
        first = ordered[0] if ordered and ordered[0].key != key else None
        part = "dossiers_upload.html" if "X-Fragment" in request.headers else "dossiers_preview.html"
        return desk.show(part, here="dossiers", upload=upload, first=first)

    @desk.page(ONE_UPLOAD, Act.IMPORT_DOSSIERS, methods=("POST",))
    def bring_in_dossiers(key: str) -> Response:
        with desk.writing() as conn:
            ordered = uploads.order(conn, key, desk.person, desk.now)
            known = ordered or uploads.find(conn, key, desk.person, desk.now)
            if known:
                return redirect(url_for("console.dossiers_preview", key=key), code=303)
            return desk.back("import_dossiers", "dossier_upload_gone", done=False)


def _form(desk: ConsoleFrame, wrong: UnreadableFileError | None = None) -> str:
    with desk.reading() as conn:
        running = uploads.running(conn)
    return desk.show(
        "dossiers_import.html",
        here="dossiers",
        wrong=wrong,
        running=running,
        headings=desk.settings.dossiers.headings,
        columns=tuple(type(desk.settings.dossiers.headings).model_fields),
        most=LARGEST_FILE // 1024 // 1024,
    )


def _look(desk: ConsoleFrame) -> Response | tuple[str, int]:
    """Read the file, keep nothing but the columns that are known, and lead on to what would happen.

    A form that is sent twice is previewed twice.
    """
    given = request.files.get("file")
    try:
        if given is None or not given.filename:
            raise UnreadableFileError("missing")
        content = given.stream.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise UnreadableFileError("too_large", most=str(LARGEST_FILE // 1024 // 1024))
        part = desk.settings.dossiers.headings
        known = headings.find(source.tables(content), part)
        rows = importing.drafts(known, part)
        key = uploads.keep(desk.installation.database, known.head.places, rows, desk.person, desk.now)
    except UnreadableFileError as problem:
        return _form(desk, problem), 400
    return redirect(url_for("console.dossiers_preview", key=key), code=303)
