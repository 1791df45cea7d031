"""Statements on which PostgreSQL works while Python prepares the next ones."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from odoo.api import Environment
from odoo.sql_db import BaseCursor
from odoo.tools import SQL


class Beside:
    """Statements of a cursor's transaction, executed in order by a thread beside.

    Whatever else the transaction asks for meanwhile waits at the connection, so nothing is seen
    half done. What fails is raised by ``wait``; leaving the ``with`` waits for what still runs.
    """

    def __init__(self, cr: BaseCursor):
        self._cursor = cr._cnx.cursor()
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._waiting: list[Future] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind, error, trace) -> None:
        try:
            if kind is None:
                self.wait()
        finally:
            self._pool.shutdown(cancel_futures=True)
            self._cursor.close()

    def execute(self, query: SQL) -> None:
        """Execute a statement after those given before; its rows are not wanted."""
        self._waiting.append(self._pool.submit(self._cursor.execute, query.code, query.params))

    def wait(self) -> None:
        """Return when all is done.

        :raises psycopg2.Error: what the first failed statement raised
        """
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            future.result()


def execute_beside(env: Environment, query: SQL) -> Beside | None:
    """Execute a statement whose rows are not wanted: by the ``Beside`` in the context
    (power_beside), or at once where there is none.

    :return: that ``Beside``, for who has to wait
    """
    beside = env.context.get("power_beside")
    if beside:
        beside.execute(query)
    else:
        env.execute_query(query)
    return beside
