import contextlib

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, html2plaintext

from .power_fault import MAX_PHOTOS

# What a mail speaks of, the heaviest first; one that says nothing of the kind is something else.
_WORDS = (
    ("fallen_wire", ("wire on the ground", "fallen wire", "电线落地", "断线", "掉线", "电线掉")),
    ("sparks", ("spark", "burning", "smoke", "火花", "冒火", "起火", "冒烟", "焦味", "触电")),
    ("no_power", ("no power", "no light", "no electricity", "outage", "停电", "没电", "断电")),
    ("flicker", ("flicker", "闪烁", "忽明忽暗")),
    ("low_voltage", ("low voltage", "电压低", "电压不足")),
    ("high_voltage", ("high voltage", "电压高", "电压过高")),
)


class PowerFault(models.Model):
    """Reports by e-mail."""

    _inherit = "power.fault"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A mail to the address of the repair desk is a fault, or a call more about an open one."""
        sender = email_normalize(msg_dict.get("email_from") or "")
        partner = self._find_mail_customer(sender, msg_dict.get("author_id"))
        points = partner.power_supply_point_ids.filtered(lambda point: point.state == "active")
        subject = msg_dict.get("subject") or ""
        body = html2plaintext(msg_dict.get("body") or "").strip()
        values = {
            "channel": "mail",
            "symptom": self._guess_symptom(f"{subject}\n{body}"),
            "email": sender,
            "partner_id": partner.id,
            "supply_point_id": points.id if len(points) == 1 else False,
            "description": "\n\n".join(filter(None, (subject, body))),
            **(custom_values or {}),
        }
        message = msg_dict.get("message_id")
        fault, outcome = self._take_report(values, key=message and f"mail {message}")
        if outcome != "repeated":
            fault._add_mailed_photos(msg_dict.get("attachments") or ())
        return fault

    @api.model
    def _guess_symptom(self, text):
        """Hook: what a text in somebody's own words speaks of."""
        text = text.lower()
        for symptom, words in _WORDS:
            if any(word in text for word in words):
                return symptom
        return "other"

    def _add_mailed_photos(self, attachments):
        """Keep the pictures of a mail with the fault; what else came stays with the message."""
        for attachment in list(attachments)[:MAX_PHOTOS]:
            name, raw = attachment[:2]
            with contextlib.suppress(UserError):
                self._add_photo("photo_before_ids", name or "photo.jpg", raw or b"")

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
