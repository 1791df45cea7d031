from odoo import fields, models


class PowerServiceRecord(models.Model):
    """One letter of all that an inspection found."""

    _inherit = "power.service.record"

    _notice_template = "power_crm.mail_template_notice_record"
    _notice_report = "power_crm.action_report_notice_record"

    open_defect_count = fields.Integer(
        string="Defects to rectify", compute="_compute_open_defect_count"
    )

    def _compute_open_defect_count(self):
        counts = dict(
            self.env["power.defect"]._read_group(
                [("service_record_id", "in", self.ids), ("state", "in", ("found", "noticed"))],
                ["service_record_id"],
                ["__count"],
            )
        )
        for record in self:
            record.open_defect_count = counts.get(record, 0)

    def _get_notice_defects(self):
        return self.defect_ids._get_notice_defects()

    def _get_notice_date(self):
        self.ensure_one()
        dates = self._get_notice_defects().filtered("date_noticed").mapped("date_noticed")
        return max(dates, default=self.env.company._get_power_today())
