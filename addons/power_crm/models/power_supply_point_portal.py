from odoo import models


class PowerSupplyPoint(models.Model):
    """A customer may write on the thread of its own supply points."""

    _inherit = "power.supply.point"

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(message_operation)
        if message_operation == "create" and self.env.user.share:
            # Customers read their points and never write them; a message is all they add.
            return dict.fromkeys(operations, "read")
        return operations
