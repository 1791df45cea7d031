"""What a piece of work took, for programs that run in an Odoo shell."""

import os
import time


class Clock:
    """Seconds on the wall, and of processor time of this process and its database backend."""

    def __init__(self, cursor):
        self.cursor = cursor
        self.started = self._read()

    def _read(self):
        self.cursor.execute("SELECT pg_backend_pid()")
        (backend,) = self.cursor.fetchone()
        with open(f"/proc/{backend}/stat") as file:
            user, system = file.read().rsplit(")", 1)[1].split()[11:13]
        ticks = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return time.perf_counter(), time.process_time(), ticks

    def spent(self):
        """Return wall and processor seconds (of which Odoo's) since it was made, as a dict."""
        wall, own, backend = (
            now - then for now, then in zip(self._read(), self.started, strict=True)
        )
        return {"wall": wall, "cpu": own + backend, "odoo": own}
