from odoo import api, fields, models
from odoo.fields import Domain

from .power_grading_source import AXIS_FIELDS


def _listed(name, label, help_text):
    """Field that says whether a customer is on a list, and finds who is."""
    return fields.Boolean(
        string=label,
        help=help_text,
        compute="_compute_power_lists",
        search=lambda self, operator, value: self._search_power_list(name, operator, value),
        groups="power_crm.group_user",
    )


class ResPartner(models.Model):
    """The lists of the trade.

    Who is on them follows from the scales in use, by their order and their warning levels: what a
    letter means differs from scheme to scheme.
    """

    _inherit = "res.partner"

    power_is_vip = _listed("power_is_vip", "VIP", "In the top layer of the pyramid.")
    power_has_bad_credit = _listed(
        "power_has_bad_credit",
        "Black list of credit",
        "The credit grade has a warning level of “Warning” or “Alarm”.",
    )
    power_has_high_risk = _listed(
        "power_has_high_risk", "High risk", "The risk grade has the warning level “Alarm”."
    )
    power_is_star = _listed(
        "power_is_star",
        "Star of tomorrow",
        "The best grade of potential, and not in the top layer of the pyramid yet.",
    )
    power_has_green_channel = _listed(
        "power_has_green_channel",
        "Green channel",
        "The best credit, and in one of the two upper layers of the pyramid or an important "
        "customer: for those who handle requests to serve first.",
    )
    power_list_note = fields.Char(
        string="On lists", compute="_compute_power_lists", groups="power_crm.group_user"
    )

    @api.depends(*AXIS_FIELDS.values(), "power_important_level", "company_id")
    @api.depends_context("company", "lang")
    def _compute_power_lists(self):
        labels = {partner: [] for partner in self}
        for name in self._get_power_lists(self.env.company):
            label = self._fields[name]._description_string(self.env)
            listed = self.filtered_domain(self._get_power_list_domain(name))
            for partner in self:
                partner[name] = partner in listed
            for partner in listed:
                labels[partner].append(label)
        for partner in self:
            partner.power_list_note = ", ".join(labels[partner])

    def _search_power_list(self, name, operator, value):
        if operator != "in":
            return NotImplemented
        return self._get_power_list_domain(name)

    @api.model
    def _get_power_list_domain(self, name):
        """Who is on a list, each by the scales of the company whose grades it shows."""
        here = self.env.company
        return Domain.OR(
            Domain("company_id", "in", [company.id] + [False] * (company == here))
            & self._get_power_lists(company)[name]
            for company in self.env.companies | here
        )

    @api.model
    def _get_power_lists(self, company):
        """Hook: {field: domain of the customers on that list} in a company."""
        scales = {
            axis: self.env["power.grading.scheme"]._get_leading(axis, company.id)._get_scale()
            for axis in AXIS_FIELDS
        }

        def first(axis, layers=1):
            return Domain(AXIS_FIELDS[axis], "in", list(scales[axis])[:layers])

        def warned(axis, *levels):
            found = [letter for letter, level in scales[axis].items() if level in levels]
            return Domain(AXIS_FIELDS[axis], "in", found)

        important = Domain("power_important_level", "!=", False)
        return {
            "power_is_vip": first("pyramid"),
            "power_has_bad_credit": warned("credit", "2", "3"),
            "power_has_high_risk": warned("risk", "3"),
            "power_is_star": first("potential") & ~first("pyramid"),
            "power_has_green_channel": first("credit") & (first("pyramid", layers=2) | important),
        }
