from odoo import fields, models


class PowerBill(models.Model):
    """Telling the payer: a mail with the bill, a text message, in the background."""

    _name = "power.bill"
    _inherit = ["power.bill", "power.send.mixin"]

    _send_mail_template = "power_billing.mail_template_bill"
    _send_sms_template = "power_billing.sms_template_bill"
    _send_cron = "power_billing.ir_cron_send_bills"

    send_state = fields.Selection(selection_add=[("statement", "With the statement")])

    def action_send(self):
        """Queue posted bills for sending; the background does it.

        Of a payer who gets one statement for all points, the statement is sent.
        """
        bills = self.filtered(lambda bill: bill.state == "posted")
        together = bills.filtered("statement_id")
        together.write({"send_state": "statement", "send_note": False})
        together.statement_id.action_send()
        (bills - together)._queue_sending()

    def _get_amount_due(self):
        return self._get_amount_to_pay(), self.invoice_date_due

    def _get_waiting_domain(self):
        return [*super()._get_waiting_domain(), ("state", "=", "posted")]

    def _cron_send_bills(self):
        self._send_waiting()
