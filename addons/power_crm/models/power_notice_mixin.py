from odoo import models
from odoo.exceptions import UserError


class PowerNoticeMixin(models.AbstractModel):
    """Gives its customer a rectification notice (整改通知书): a letter of the defects found.

    Stands before ``mail.thread`` among the parents of a model.
    """

    _name = "power.notice.mixin"
    _description = "Gives rectification notices"

    _notice_template = ""
    _notice_report = ""

    def _get_notice_defects(self):
        """Hook: the defects the letter names."""
        raise NotImplementedError

    def _get_notice_date(self):
        """Hook: the day of the letter; today while it is not given."""
        raise NotImplementedError

    def _get_notice_filename(self):
        self.ensure_one()
        return self.env._(
            "Rectification notice %(customer)s",
            customer=self.partner_id.power_customer_number or self.partner_id.name or "",
        )

    def action_send_notice(self):
        """Open the mail with the letter; once it is sent, the notice counts as given."""
        self.ensure_one()
        self._check_notice()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rectification notice"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": self.env.ref(self._notice_template).id,
                "default_composition_mode": "comment",
                "default_email_layout_xmlid": "mail.mail_notification_light",
                "force_email": True,
                "power_notice_given": True,
            },
        }

    def action_print_notice(self):
        self.ensure_one()
        self._check_notice()
        return self.env.ref(self._notice_report).report_action(self)

    def _check_notice(self):
        if not self._get_notice_defects():
            raise UserError(
                self.env._(
                    "%(record)s has no defect that waits for its rectification. Enter what was "
                    "found first.",
                    record=self.display_name,
                )
            )

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if self.env.context.get("power_notice_given"):
            found = self._get_notice_defects().filtered(lambda defect: defect.state == "found")
            found.with_context(power_notice_given=False)._set_state("noticed")
        return result
