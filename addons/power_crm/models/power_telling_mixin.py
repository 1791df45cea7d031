from odoo import api, models


class PowerTellingMixin(models.AbstractModel):
    """Tell the partner of a record something by mail or text, as the partner prefers.

    A way that is not possible is never chosen, however much it is preferred.
    """

    _name = "power.telling.mixin"
    _description = "Tells a customer"

    def _get_telling_partner(self):
        self.ensure_one()
        return self.partner_id

    def _get_telling_addresses(self):
        """Hook: the address known for each way of telling, the usual way first."""
        partner = self._get_telling_partner()
        return {"email": partner.email, "sms": partner.phone}

    def _get_possible_channels(self):
        """Return those of ``email`` and ``sms`` for which there is an address."""
        return [name for name, address in self._get_telling_addresses().items() if address]

    @api.model
    def _choose_channel(self, possible, partner):
        """Return the way a partner prefers, else the first one, else nothing."""
        preferred = partner.sudo().power_contact_channel
        return preferred if preferred in possible else next(iter(possible), False)

    def _get_telling_channels(self):
        """Return ``email``, ``sms``, both or none: the preferred channel, else what is known."""
        possible = self._get_possible_channels()
        channel = self._choose_channel(possible, self._get_telling_partner())
        return [channel] if channel else []

    def _tell(self, mail_template, sms_template):
        """Send one of two templates, or none when the partner cannot be reached.

        :param str mail_template: external id of a ``mail.template`` of this model
        :param str sms_template: external id of an ``sms.template`` of this model
        :return: the channels used
        """
        return self._tell_with(email=self.env.ref(mail_template), sms=self.env.ref(sms_template))

    def _tell_with(self, **templates):
        """Send templates by channel; a channel whose template is empty is left out.

        :param templates: ``email`` (a ``mail.template``) and ``sms`` (an ``sms.template``)
        :return: the channels used
        """
        self.ensure_one()
        channels = [name for name in self._get_telling_channels() if templates[name]]
        for channel in channels:
            getattr(self, f"_tell_by_{channel}")(templates[channel])
        return channels

    def _tell_by_email(self, template):
        template.with_env(self.env).sudo().send_mail(
            self.id, email_layout_xmlid="mail.mail_notification_light"
        )

    def _tell_by_sms(self, template):
        self._message_sms_with_template(
            template=template,
            partner_ids=self._get_telling_partner().ids,
            put_in_queue=True,
        )
