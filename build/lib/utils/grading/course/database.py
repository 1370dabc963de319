"""The gradebook's database, created as nbgrader creates it, but in a fraction of the time."""

from nbgrader.api import Base
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import create_engine, inspect


def create_database(url: str) -> None:
    """Create nbgrader's tables in a database that has none, and note the version of its schema for `nbgrader db`.

    nbgrader would start `alembic` as another Python process, which imports nbgrader again: seconds at the start of a
    course's first grading.

    Args:
        url: of the database, as SQLAlchemy reads it.
    """
    engine = create_engine(url)
    try:
        if not inspect(engine).get_table_names():
            # Late, because most runs find a database.
            from alembic.migration import MigrationContext
            from alembic.script import ScriptDirectory

            with engine.begin() as connection:
                Base.metadata.create_all(connection)
                MigrationContext.configure(connection).stamp(ScriptDirectory(ALEMBIC_DIR), "heads")
    finally:
        engine.dispose()
