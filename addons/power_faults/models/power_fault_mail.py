from odoo import api, models
from odoo.tools import email_normalize, html2plaintext


class PowerFault(models.Model):
    """Reports by e-mail."""

    _inherit = "power.fault"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A mail to the address of the repair desk is a fault; its text is what was reported."""
        sender = email_normalize(msg_dict.get("email_from") or "")
        partner = self._find_mail_customer(sender, msg_dict.get("author_id"))
        points = partner.power_supply_point_ids.filtered(lambda point: point.state == "active")
        subject = msg_dict.get("subject") or ""
        body = html2plaintext(msg_dict.get("body") or "").strip()
        values = {
            "channel": "mail",
            "symptom": "other",
            "email": sender,
            "partner_id": partner.id,
            "supply_point_id": points.id if len(points) == 1 else False,
            "description": "\n\n".join(filter(None, (subject, body))),
            **(custom_values or {}),
        }
        return super().message_new(msg_dict, custom_values=values)

    @api.model
    def _find_mail_customer(self, sender, author_id):
        partners = self.env["res.partner"].sudo()
        author = partners.browse(author_id or ())
        customer = author.commercial_partner_id
        if customer.power_is_customer or not sender:
            return customer
        found = partners.search(
            [("email_normalized", "=", sender), ("power_is_customer", "=", True)], limit=2
        )
        return found if len(found) == 1 else customer
