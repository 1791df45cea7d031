import contextlib
import logging
from itertools import count, islice

from psycopg2 import OperationalError

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import ENQUEUED, PENDING, STARTED, WAIT_DEPENDENCIES
from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID

_logger = logging.getLogger(__name__)

_LIVE_STATES = (WAIT_DEPENDENCIES, PENDING, ENQUEUED, STARTED)


@contextlib.contextmanager
def tried_again():
    """Let the queue try a job again, by its retry pattern, whatever went wrong in it."""
    try:
        yield
    except (RetryableJobError, OperationalError):
        raise
    except Exception as error:
        _logger.info("A job is to be tried again.", exc_info=True)
        raise RetryableJobError(f"{type(error).__name__}: {error}") from error


class QueueJob(models.Model):
    """What billing has to know of the queue."""

    _inherit = "queue.job"

    @api.model
    def _is_runner_alive(self):
        """Tell whether a job runner serves this database, on whichever server.

        The one that does holds its lock for as long as it lives; without it jobs would wait for
        ever.
        """
        return bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT FROM pg_locks
                     WHERE locktype = 'advisory' AND granted AND objsubid = 1
                       AND database = (SELECT oid FROM pg_database
                                        WHERE datname = current_database())
                       AND classid::bigint = %s AND objid::bigint = %s
                    """,
                    PG_ADVISORY_LOCK_ID >> 32,
                    PG_ADVISORY_LOCK_ID & 0xFFFFFFFF,
                )
            )
        )

    @api.model
    def _is_waiting(self, name):
        """Tell whether a job of this name has not been begun yet."""
        waits = Domain("state", "=", PENDING) & Domain("identity_key", "=like", f"{name}:%")
        return bool(self.sudo().search_count(waits, limit=1))

    @api.model
    def _get_spare_keys(self, name, wanted):
        """Return identity keys ``name:1``, ``name:2``… for as many jobs as are missing.

        The job that asks does not count: it is about to end.

        :param str name: what the jobs do, all of them alike
        :param int wanted: how many of them are to wait or to run altogether
        """
        alive = (
            Domain("state", "in", _LIVE_STATES)
            & Domain("identity_key", "=like", f"{name}:%")
            & Domain("uuid", "!=", self.env.context.get("job_uuid", ""))
        )
        keys = set(self.sudo().search_fetch(alive, ["identity_key"]).mapped("identity_key"))
        spare = (key for key in map(f"{name}:{{}}".format, count(1)) if key not in keys)
        return list(islice(spare, max(wanted - len(keys), 0)))
