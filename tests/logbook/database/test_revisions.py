"""The revisions this program knows are those of Alembic, though a start reads no migration."""

from alembic.script import ScriptDirectory

from logbook.database import schema


def test_the_names_of_the_files_tell_every_revision_and_the_newest() -> None:
    scripts = ScriptDirectory.from_config(schema.config())
    assert schema.known() == {script.revision for script in scripts.walk_revisions()}
    assert schema.head() == scripts.get_current_head()
