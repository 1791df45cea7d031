from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

INSPECTIONS = ("inspection", "equipment_check")


class ResPartner(models.Model):
    """What is planned with a customer: visits by service level, inspections by importance."""

    _inherit = "res.partner"

    power_last_visit_date = fields.Date(
        string="Last visit", compute="_compute_power_plan", groups="power_crm.group_user"
    )
    power_next_visit_date = fields.Date(
        string="Next visit", compute="_compute_power_plan", groups="power_crm.group_user"
    )
    power_last_inspection_date = fields.Date(
        string="Last inspection", compute="_compute_power_plan", groups="power_crm.group_user"
    )
    power_next_inspection_date = fields.Date(
        string="Next inspection", compute="_compute_power_plan", groups="power_crm.group_user"
    )

    @api.depends(
        "power_service_record_ids.state",
        "power_service_record_ids.kind",
        "power_service_record_ids.date_planned",
        "power_service_record_ids.date_done",
    )
    def _compute_power_plan(self):
        plans = {
            "visit": (("visit",), "power_last_visit_date", "power_next_visit_date"),
            "inspection": (
                INSPECTIONS,
                "power_last_inspection_date",
                "power_next_inspection_date",
            ),
        }
        for kinds, last_field, next_field in plans.values():
            last, coming = self._get_power_last_done(kinds), self._get_power_next_planned(kinds)
            for partner in self:
                moment = coming.get(partner._origin)
                partner[last_field] = last.get(partner._origin)
                partner[next_field] = (
                    moment and fields.Datetime.context_timestamp(partner, moment).date()
                )

    def _get_power_last_done(self, kinds):
        """Return {partner: day of the last record of these kinds that is done}."""
        return dict(
            self.env["power.service.record"]._read_group(
                [("partner_id", "in", self.ids), ("kind", "in", kinds), ("state", "=", "done")],
                ["partner_id"],
                ["date_done:max"],
            )
        )

    def _get_power_next_planned(self, kinds):
        """Return {partner: moment (UTC) of the first record of these kinds that is planned}."""
        return dict(
            self.env["power.service.record"]._read_group(
                [("partner_id", "in", self.ids), ("kind", "in", kinds), ("state", "=", "planned")],
                ["partner_id"],
                ["date_planned:min"],
            )
        )

    # === VISITS === #

    @api.model
    def _get_visit_due_domain(self):
        """Hook: customers for whom a visit is to be planned."""
        return [
            ("power_is_customer", "=", True),
            ("power_supply_point_count", ">", 0),
            ("power_service_level_id.visit_interval_months", ">", 0),
            (
                "power_service_record_ids",
                "not any",
                [("kind", "=", "visit"), ("state", "=", "planned")],
            ),
        ]

    def _prepare_visit_vals_list(self):
        """Hook: values of the next planned visit of each customer."""
        last = self._get_power_last_done(("visit",))
        return [partner._prepare_visit_vals(last.get(partner)) for partner in self]

    def _prepare_visit_vals(self, last_visit):
        vals = self._prepare_planned_vals(
            last_visit, self.power_service_level_id.visit_interval_months
        )
        user = self.env["res.users"].browse(vals["user_id"])
        name = self.with_context(lang=user.lang).env._("Visit: %(customer)s", customer=self.name)
        return {**vals, "name": name, "kind": "visit", "origin": "level"}

    # === INSPECTIONS === #

    @api.model
    def _get_inspection_months(self):
        """Return {important level: months between two inspections}, levels without left out."""
        intervals = self.env["power.inspection.interval"].search([("months", ">", 0)])
        return {interval.important_level: interval.months for interval in intervals}

    @api.model
    def _get_inspection_due_domain(self):
        """Hook: important customers for whom an inspection is to be planned."""
        return Domain(
            [
                ("power_is_customer", "=", True),
                ("power_supply_point_count", ">", 0),
                ("power_important_level", "in", list(self._get_inspection_months())),
                (
                    "power_service_record_ids",
                    "not any",
                    [("kind", "in", INSPECTIONS), ("state", "=", "planned")],
                ),
            ]
        )

    def _prepare_inspection_vals_list(self):
        """Hook: values of the next planned inspection of each important customer."""
        last = self._get_power_last_done(INSPECTIONS)
        months = self._get_inspection_months()
        return [
            partner._prepare_inspection_vals(
                last.get(partner), months[partner.power_important_level]
            )
            for partner in self
        ]

    def _prepare_inspection_vals(self, last_inspection, months):
        vals = self._prepare_planned_vals(last_inspection, months)
        user = self.env["res.users"].browse(vals["user_id"])
        name = self.with_context(lang=user.lang).env._(
            "Inspection: %(customer)s", customer=self.name
        )
        return {**vals, "name": name, "kind": "inspection", "origin": "importance"}

    def _prepare_planned_vals(self, last_done, months):
        """Values of what is planned ``months`` after ``last_done`` or today, never before today."""
        self.ensure_one()
        today = self.env.company._get_power_today()
        day = max(today, (last_done or today) + relativedelta(months=months))
        company = self.power_main_point_id.company_id or self.company_id or self.env.company
        return {
            "partner_id": self.id,
            "company_id": company.id,
            "user_id": self._get_power_responsible(company).id,
            "date_planned": self.env["power.service.record"]._get_visit_moment(day),
        }
