"""What a piece of work took, for programs that run in an Odoo shell."""

import os
import time
from contextlib import suppress


class Clock:
    """Seconds on the wall, and of processor time of this process and its database backends."""

    def __init__(self, cursor):
        self.cursor = cursor
        self.started = self._read()
        self.before = self._read_backends()

    def _read(self):
        return time.perf_counter(), time.process_time()

    def _read_backends(self):
        """Processor seconds of each connection that this database has now."""
        self.cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        spent = {}
        for (backend,) in self.cursor.fetchall():
            with suppress(FileNotFoundError), open(f"/proc/{backend}/stat") as file:
                user, system = file.read().rsplit(")", 1)[1].split()[11:13]
                spent[backend] = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return spent

    def spent(self):
        """Return wall and processor seconds (of which Odoo's) since it was made, as a dict."""
        wall, own = (now - then for now, then in zip(self._read(), self.started, strict=True))
        backends = sum(
            now - self.before.get(backend, 0.0) for backend, now in self._read_backends().items()
        )
        return {"wall": wall, "cpu": own + backends, "odoo": own}
