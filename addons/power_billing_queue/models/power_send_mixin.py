from odoo import models
from odoo.tools import SQL

from odoo.addons.power_billing.models.power_send_mixin import SEND_BATCH

from .queue_job import tried_again


class PowerSendMixin(models.AbstractModel):
    """Bills and statements are sent by jobs while a job runner is alive."""

    _inherit = "power.send.mixin"

    def _send_waiting(self):
        if not self.env["queue.job"]._is_runner_alive():
            return super()._send_waiting()
        wanted = -(-self.search_count(self._get_waiting_domain()) // SEND_BATCH)
        for key in self.env["queue.job"]._get_spare_keys(f"{self._name}:send", wanted):
            self.with_delay(identity_key=key, description=self.env._("Send"))._job_send()
        return True

    def _job_send(self):
        """Send the next papers that no other job has; a mail is made once or, if killed, not yet.

        :return: what was done, in words
        """
        with tried_again():
            papers = self._claim_waiting()
            papers._send_each()
        return self.env._("%s papers", len(papers))

    def _claim_waiting(self):
        """Lock the next papers until the end of the transaction, passing over others'."""
        query = self._search(self._get_waiting_domain(), order="id", limit=SEND_BATCH)
        table = SQL.identifier(self._table)
        rows = self.env.execute_query(
            SQL("%s FOR NO KEY UPDATE OF %s SKIP LOCKED", query.select(), table)
        )
        return self.browse([paper_id for (paper_id,) in rows])
