from odoo import models


class PaymentToken(models.Model):
    _inherit = "payment.token"

    def _handle_archiving(self):
        """Without the saved method there is nothing left to charge."""
        result = super()._handle_archiving()
        autopays = self.env["power.autopay"].search(
            [("token_id", "in", self.ids), ("state", "=", "active")]
        )
        autopays._stop(self.env._("The saved payment method was removed"))
        return result
