from odoo import models


class PowerNoticeMixin(models.AbstractModel):
    """Tell the partner of a record something by mail or text, as the partner prefers."""

    _name = "power.notice.mixin"
    _description = "Notices to a Customer"

    def _get_notice_partner(self):
        self.ensure_one()
        return self.partner_id

    def _get_notice_channels(self):
        """Return ``email``, ``sms``, both or none: the preferred channel, else what is known."""
        partner = self._get_notice_partner()
        possible = [
            name for name, address in (("email", partner.email), ("sms", partner.phone)) if address
        ]
        if partner.power_contact_channel == "sms" and "sms" in possible:
            return ["sms"]
        return possible[:1]

    def _tell(self, mail_template, sms_template):
        """Send one of two templates, or none when the partner cannot be reached.

        :param str mail_template: external id of a ``mail.template`` of this model
        :param str sms_template: external id of an ``sms.template`` of this model
        :return: the channels used
        """
        self.ensure_one()
        channels = self._get_notice_channels()
        for channel in channels:
            if channel == "email":
                self.env.ref(mail_template).sudo().send_mail(
                    self.id, email_layout_xmlid="mail.mail_notification_light"
                )
            else:
                self._message_sms_with_template(
                    template=self.env.ref(sms_template),
                    partner_ids=self._get_notice_partner().ids,
                    put_in_queue=True,
                )
        return channels
