from odoo import fields, models


class PowerFaultChannel(models.Model):
    """A system that reports over ``/power/api/faults``: an app, a mini program, a head-end."""

    _name = "power.fault.channel"
    _description = "Fault channel"
    _inherit = ["power.sender.mixin"]
    _order = "name, id"
    _SENDER_FIELDS = (
        "name",
        "kind",
        "company_id",
        "company_id.name",
        "company_id.partner_id",
        "company_id.power_fault_points_raised",
        "company_id.power_fault_points_high",
        "company_id.power_fault_points_urgent",
        "company_id.power_fault_duplicate_minutes",
        "company_id.partner_id.tz",
        "company_id.partner_id.lang",
        "company_id.partner_id.country_id",
        "company_id.partner_id.country_id.code",
        "company_id.partner_id.country_id.phone_code",
    )

    kind = fields.Selection(
        [("api", "Other channel"), ("sms", "SMS"), ("meter", "Meter")],
        required=True,
        default="api",
    )
    fault_ids = fields.One2many("power.fault", "channel_id", string="Faults")
    fault_count = fields.Integer(string="Reports", compute="_compute_fault_count")

    _token_uniq = models.UniqueIndex("(token_hash)", "Another channel has this token.")

    def _compute_fault_count(self):
        counts = dict(
            self.env["power.fault"]._read_group(
                [("channel_id", "in", self.ids)], ["channel_id"], ["__count"]
            )
        )
        for channel in self:
            channel.fault_count = counts.get(channel, 0)

    def action_open_faults(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("power_faults.power_fault_action")
        return {**action, "domain": [("channel_id", "=", self.id)], "context": {}}
