from datetime import timedelta

from odoo import api, fields, models


class PowerSupplyDated(models.AbstractModel):
    """What is true of a supply point from a day on, until the next record takes over."""

    _name = "power.supply.dated"
    _description = "Dated Record of a Supply Point"
    _order = "supply_point_id, date_from desc, id desc"
    _check_company_auto = True

    # The field of the supply point that holds these records.
    _dated_field = ""

    supply_point_id = fields.Many2one(
        comodel_name="power.supply.point",
        string="Supply point",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="supply_point_id.company_id", store=True, index=True, precompute=True
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._get_default_date_from()
    )
    date_to = fields.Date(
        string="Until",
        compute="_compute_date_to",
        store=True,
        help="The day before the next one counts; empty for the last.",
    )

    @api.model
    def _get_default_date_from(self):
        return self.env.company._get_power_today()

    @api.depends(lambda self: (f"supply_point_id.{self._dated_field}.date_from",))
    def _compute_date_to(self):
        for record in self:
            later = [
                other.date_from
                for other in record.supply_point_id[self._dated_field]
                if other.date_from and record.date_from and other.date_from > record.date_from
            ]
            record.date_to = min(later) - timedelta(days=1) if later else False

    @api.depends("supply_point_id.number", "date_from")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.supply_point_id.number or ''} · {record.date_from}"

    def _is_in_force(self, day):
        self.ensure_one()
        return self.date_from <= day and (not self.date_to or day <= self.date_to)
