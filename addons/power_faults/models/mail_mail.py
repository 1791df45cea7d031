from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def write(self, vals):
        result = super().write(vals)
        state = {"sent": "sent", "exception": "failed", "cancel": "failed"}.get(vals.get("state"))
        if state:
            notices = self.env["power.outage.notice"].sudo().search([("mail_id", "in", self.ids)])
            if notices:
                notices._note_result(state, vals.get("failure_reason"))
        return result
