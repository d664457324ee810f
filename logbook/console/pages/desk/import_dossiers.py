"""Imports a file of the desk's software: preview first, then the import, with refused rows."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.dossiers import headings, importing, source, uploads
from logbook.dossiers.importing import RefusedRow
from logbook.dossiers.unreadable import UnreadableFileError

LARGEST_FILE = 3 * 1024 * 1024
"""Bytes; a month of a commune is a tenth of it. A larger file is for the command on the server."""
SHOWN = 200
"""Refused rows that are listed."""
PREVIEW = "/dossiers/import/<string(length=32):key>"


def add(desk: ConsoleFrame) -> None:
    """`/console/dossiers/import`: the form, the preview, and the import itself."""

    @desk.page("/dossiers/import", Act.IMPORT_DOSSIERS)
    def import_dossiers() -> str:
        return _form(desk)

    @desk.page("/dossiers/import", Act.IMPORT_DOSSIERS, methods=("POST",), largest=LARGEST_FILE + 64 * 1024)
    def look_at_dossiers() -> Response | tuple[str, int]:
        return _look(desk)

    @desk.page(PREVIEW, Act.IMPORT_DOSSIERS)
    def dossiers_preview(key: str) -> str | Response:
        with desk.reading() as conn:
            upload = uploads.find(conn, key, desk.person, desk.now)
        if upload is None:
            return desk.back("import_dossiers", "dossier_upload_gone", done=False)
        refused = [row for row in upload.rows if isinstance(row, RefusedRow)]
        return desk.show(
            "dossiers_preview.html", here="dossiers", key=key, counts=upload.counts, refused=refused[:SHOWN]
        )

    @desk.page(PREVIEW, Act.IMPORT_DOSSIERS, methods=("POST",))
    def bring_in_dossiers(key: str) -> Response | str:
        return _bring_in(desk, key)


def _form(desk: ConsoleFrame, wrong: UnreadableFileError | None = None) -> str:
    return desk.show(
        "dossiers_import.html",
        here="dossiers",
        wrong=wrong,
        headings=desk.settings.dossiers.headings,
        columns=tuple(type(desk.settings.dossiers.headings).model_fields),
        most=LARGEST_FILE // 1024 // 1024,
    )


def _look(desk: ConsoleFrame) -> Response | tuple[str, int]:
    """Read the file, keep nothing but the columns that are known, and lead on to what would happen.

    Each batch of the import is a transaction of its own, and so is what is kept here: a form that is sent
    twice is previewed twice.
    """
    given = request.files.get("file")
    database, part = desk.installation.database, desk.settings.dossiers.headings
    try:
        if given is None or not given.filename:
            raise UnreadableFileError("missing")
        content = given.stream.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise UnreadableFileError("too_large", most=str(LARGEST_FILE // 1024 // 1024))
        known = headings.find(source.tables(content), part)
        rows = list(importing.drafts(known, part))
        columns = list(known.head.places)
        result = importing.store(database, columns, rows, desk.now, dry_run=True)
    except UnreadableFileError as problem:
        return _form(desk, problem), 400
    with database.writing() as conn:
        key = uploads.keep(conn, columns, rows, result, desk.person, desk.now)
    return redirect(url_for("console.dossiers_preview", key=key), code=303)


def _bring_in(desk: ConsoleFrame, key: str) -> Response | str:
    database = desk.installation.database
    with desk.reading() as conn:
        upload = uploads.find(conn, key, desk.person, desk.now)
    if upload is None:
        return desk.back("import_dossiers", "dossier_upload_gone", done=False)
    result = importing.store(database, upload.columns, upload.rows, desk.now)
    importing.write_down(database, result, desk.person, desk.now)
    with database.writing() as conn:
        uploads.drop(conn, key)
    return desk.show("dossiers_imported.html", here="dossiers", result=result, refused=result.errors[:SHOWN])
