from odoo import models

_TEMPLATES = {
    "code": "power_faults.sms_template_code",
    "reported": "power_faults.sms_template_reported",
    "dispatched": "power_faults.sms_template_dispatched",
    "restored": "power_faults.sms_template_restored",
    "transferred": "power_faults.sms_template_transferred",
}
_TOLD_CHANNELS = ("phone", "sms", "mail", "onsite")


class PowerFault(models.Model):
    """What the caller is told, by text or by mail."""

    _inherit = "power.fault"

    def _after_create(self):
        result = super()._after_create()
        for fault in self:
            if fault._is_notice_wanted("reported"):
                fault._tell_customer("reported")
        return result

    def _after_move(self, before):
        result = super()._after_move(before)
        for fault in self:
            if fault.state in ("dispatched", "transferred") and fault._is_notice_wanted(
                fault.state
            ):
                fault._tell_customer(fault.state)
        return result

    def _is_notice_wanted(self, event):
        """Hook: whether the caller is told of an event.

        Who reported on a page or through another system sees the answer there.
        """
        self.ensure_one()
        if self.outage_id and event in ("reported", "dispatched"):
            return False
        return event != "reported" or self.channel in _TOLD_CHANNELS

    def _get_notice_channel(self):
        """Return ``sms``, ``email`` or nothing: as the customer prefers, else as is known."""
        self.ensure_one()
        possible = [
            name for name, address in (("sms", self.phone), ("email", self.email)) if address
        ]
        preferred = self.partner_id.sudo().power_contact_channel
        return preferred if preferred in possible else next(iter(possible), False)

    def _tell_customer(self, event, proof=None):
        """Send the text of an event to the caller.

        :param proof: the question that the text asks, if any
        """
        self.ensure_one()
        fault = self.sudo().with_context(power_proof_url=proof._get_url() if proof else "")
        template = self.env.ref(_TEMPLATES[event]).sudo()
        body = template.with_context(fault.env.context)._render_field(
            "body", fault.ids, compute_lang=True
        )[fault.id]
        channel = fault._get_notice_channel()
        if channel == "sms":
            fault._message_sms(body, sms_numbers=[fault.phone], partner_ids=[], put_in_queue=True)
        elif channel == "email":
            fault._send_notice_mail(body)
        return channel

    def _send_notice_mail(self, body):
        self.env["mail.mail"].sudo().create(
            {
                "subject": f"{self.company_id.name}: {self.name}",
                "body_html": self.env["ir.qweb"]._render(
                    "power_faults.notice_mail", {"lines": body.splitlines()}
                ),
                "email_from": self.company_id.email_formatted or self.env.user.email_formatted,
                "email_to": self.email,
                "model": self._name,
                "res_id": self.id,
                "auto_delete": False,
            }
        )

    def _get_track_url(self):
        """Return the address under which the caller follows the fault without a login."""
        self.ensure_one()
        return self.get_base_url() + self.sudo().get_portal_url()
