from odoo import models


class SmsSms(models.Model):
    _inherit = "sms.sms"

    def write(self, vals):
        result = super().write(vals)
        state = {
            "pending": "sent",
            "sent": "sent",
            "error": "failed",
            "canceled": "failed",
        }.get(vals.get("state"))
        if state:
            notices = self.env["power.outage.notice"].sudo().search([("sms_id", "in", self.ids)])
            if notices:
                notices._note_result(state, vals.get("failure_type"))
        return result
