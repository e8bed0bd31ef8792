"""How does a PostgreSQL database get the tables of the job queue, and those of its next version?

They lie in a schema of their own, `jobs`: no migration of Balm sees them, and no dump needs them,
since every job can be made again from the rows that it works on.
"""

from importlib.resources import files

from sqlalchemy import Connection, text


def upgrade(connection: Connection) -> None:
    """Make the tables, or bring them to the installed version; repeating it changes nothing."""
    known = _applied(connection)
    if known == _migrations()[-1]:
        return
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS jobs"))
    connection.execute(text("SET LOCAL search_path TO jobs"))
    if known is None:
        _run(connection, "schema.sql")
    for name in _migrations() if known else ():
        if name > (known or ""):
            _run(connection, f"migrations/{name}")
    connection.execute(text("CREATE TABLE IF NOT EXISTS applied (migration text PRIMARY KEY)"))
    connection.execute(text("DELETE FROM applied"))
    connection.execute(text("INSERT INTO applied VALUES (:name)"), {"name": _migrations()[-1]})
    connection.execute(text("SET LOCAL search_path TO DEFAULT"))


def is_current(connection: Connection) -> bool:
    """Whether the tables are those of the installed version."""
    return _applied(connection) == _migrations()[-1]


def _applied(connection: Connection) -> str | None:
    if connection.scalar(text("SELECT to_regclass('jobs.applied')")) is None:
        return None
    found: str | None = connection.scalar(text("SELECT migration FROM jobs.applied"))
    return found


def _migrations() -> list[str]:
    """Names of the installed version's migrations, in the order in which they are applied."""
    folder = files("procrastinate.sql") / "migrations"
    return sorted(one.name for one in folder.iterdir() if one.name.endswith(".sql"))


def _run(connection: Connection, name: str) -> None:
    script = (files("procrastinate.sql") / name).read_text(encoding="utf-8")
    connection.exec_driver_sql(script.replace("%", "%%"))
