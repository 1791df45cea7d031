from datetime import timedelta

from odoo import models

_REMINDER = "power_crm.mail_activity_type_rectification"


class PowerDefect(models.Model):
    """The written notice of a defect, and what has to be done next about it."""

    _inherit = "power.defect"

    _notice_template = "power_crm.mail_template_notice_defect"
    _notice_report = "power_crm.action_report_notice_defect"

    def _get_notice_defects(self):
        return self.filtered(lambda defect: defect.state in ("found", "noticed"))

    def _get_notice_date(self):
        self.ensure_one()
        return self.date_noticed or self.env.company._get_power_today()

    def _get_notice_deadline(self):
        """Until when the letter asks for the rectification, before and after it was given."""
        self.ensure_one()
        return self.deadline or self._get_usual_deadline(self._get_notice_date())

    def _get_usual_deadline(self, noticed):
        """Hook: until when a defect is to be rectified that has no date of its own (setting)."""
        self.ensure_one()
        return noticed + timedelta(days=self.company_id[f"power_rectify_days_{self.severity}"])

    def write(self, vals):
        result = super().write(vals)
        if {"state", "deadline", "user_id"} & vals.keys():
            self._remind_of_next_step()
        return result

    def _remind_of_next_step(self):
        """Keep one activity a defect: ask whether it is rectified, then look at it and verify."""
        self.activity_feedback([_REMINDER])
        for defect in self:
            if vals := defect._prepare_next_step_vals():
                defect.activity_schedule(_REMINDER, **vals)

    def _prepare_next_step_vals(self):
        """Hook: deadline, person and summary of the next step; empty when there is none."""
        self.ensure_one()
        user = self.user_id or self.partner_id._get_power_responsible(self.company_id)
        defect = self.with_context(lang=user.lang)
        if self.state == "noticed":
            return {
                "date_deadline": self.deadline,
                "user_id": user.id,
                "summary": defect.env._("Is it rectified? %(defect)s", defect=self.name),
            }
        if self.state == "rectified":
            return {
                "date_deadline": self.env.company._get_power_today(),
                "user_id": user.id,
                "summary": defect.env._("Verify the rectification: %(defect)s", defect=self.name),
            }
        return {}
