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
        if self.env.context.get("power_silent"):
            # Faults taken over from another system are history: nobody is told of them now.
            return False
        if self.outage_id and event in ("reported", "dispatched"):
            return False
        return event != "reported" or self.channel in _TOLD_CHANNELS

    def _get_telling_addresses(self):
        # Who called wants a text; the number given goes before the customer's usual one.
        return {"sms": self.phone, "email": self.email}

    def _tell_customer(self, event, proof=None):
        """Send the text of an event to the caller.

        :param proof: the question that the text asks, if any
        """
        self.ensure_one()
        fault = self.sudo().with_context(power_proof_url=proof._get_url() if proof else "")
        template = self.env.ref(_TEMPLATES[event]).sudo()
        body = template.with_env(fault.env)._render_field("body", fault.ids, compute_lang=True)[
            fault.id
        ]
        channel = next(iter(fault._get_telling_channels()), False)
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
