from odoo import models
from odoo.fields import Domain

from .queue_job import tried_again

# Bills a job sends.
SEND_BATCH = 20


class PowerBill(models.Model):
    """Bills are sent by jobs while a job runner is alive."""

    _inherit = "power.bill"

    def _cron_send_bills(self):
        if not self.env["queue.job"]._is_runner_alive():
            return super()._cron_send_bills()
        wanted = -(-self.search_count(self._get_sending_domain()) // SEND_BATCH)
        for key in self.env["queue.job"]._get_spare_keys("power.bill:send", wanted):
            self.with_delay(identity_key=key, description=self.env._("Send bills"))._job_send()
        return None

    def _get_sending_domain(self):
        return Domain("send_state", "=", "waiting") & Domain("state", "=", "posted")

    def _job_send(self):
        """Send the next bills that no other job has; a mail is made once or, if killed, not at all.

        :return: what was done, in words
        """
        query = self._search(self._get_sending_domain(), order="id", limit=SEND_BATCH)
        bills = self.env["power.bill.run"]._lock_bills(query)
        with tried_again():
            for bill in bills:
                bill._send_isolated()
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return self.env._("%s bills", len(bills))
