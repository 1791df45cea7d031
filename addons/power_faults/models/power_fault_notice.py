from odoo import models

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

    def _for_reader(self, partner=None):
        """Return this fault in the language of who will read about it, else of the company."""
        company = self.company_id[:1] or self.env.company
        lang = partner and partner.sudo().lang or company._get_power_lang()
        return self.with_context(lang=lang)

    def _get_telling_addresses(self):
        # Who called wants a text; the number given goes before the customer's usual one.
        return {"sms": self.phone, "email": self.email}

    def _tell_customer(self, event, proof=None):
        """Tell the caller of an event by the templates of that event, as the caller prefers.

        A template that was deleted is a way that is not used.

        :param proof: the question that the text asks, if any
        :return: the ways used, ``email`` or ``sms``
        """
        self.ensure_one()
        fault = self.sudo().with_context(power_proof_url=proof._get_url() if proof else "")
        return fault._tell_with(
            email=fault._find_template("mail", event), sms=fault._find_template("sms", event)
        )

    def _find_template(self, kind, event):
        return self.env.ref(f"power_faults.{kind}_template_{event}", raise_if_not_found=False)

    def _tell_by_email(self, template):
        # A code is valid for half an hour: it does not wait for the hourly sending of mails.
        result = super()._tell_by_email(template)
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return result

    def _tell_by_sms(self, template):
        self._message_sms_with_template(
            template=template, sms_numbers=[self.phone], partner_ids=[], put_in_queue=True
        )

    def _get_track_url(self):
        """Return the address under which the caller follows the fault without a login."""
        self.ensure_one()
        return self.get_base_url() + self.sudo().get_portal_url()
