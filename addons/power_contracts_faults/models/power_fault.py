from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class PowerFault(models.Model):
    """A fault behind the ownership boundary: covered by a contract, or quoted."""

    _inherit = "power.fault"

    is_beyond_boundary = fields.Boolean(
        string="Behind the boundary",
        compute="_compute_is_beyond_boundary",
        store=True,
        readonly=False,
        tracking=True,
        help="In the customer's own equipment, where our guarantee has ended. Set by a cause the "
        "customer answers for.",
    )
    equipment_id = fields.Many2one(
        "power.equipment",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('supply_point_id', '=', supply_point_id)]",
        check_company=True,
        help="The customer's equipment that is faulty; a contract may cover some of it only.",
    )
    service_cover = fields.Selection(
        [
            ("covered", "Covered"),
            ("part", "Some of it"),
            ("used", "Calls used up"),
            ("none", "Not covered"),
        ],
        string="Service contract",
        compute="_compute_service_cover",
    )
    service_contract_id = fields.Many2one(
        "contract.contract", string="By contract", compute="_compute_service_cover"
    )
    service_only = fields.Char(string="Covered equipment", compute="_compute_service_cover")
    service_until = fields.Date(string="Covered until", compute="_compute_service_cover")
    service_left = fields.Char(string="Calls left", compute="_compute_service_cover")
    service_response_hours = fields.Float(
        string="On site within (h)", compute="_compute_service_cover"
    )
    visit_ids = fields.One2many("power.contract.visit", "fault_id", string="Calls under contract")
    sale_order_ids = fields.One2many("sale.order", "power_fault_id", string="Quotations")
    quote_count = fields.Integer(string="Quotes", compute="_compute_quote_count")

    @api.depends("cause_id.responsible")
    def _compute_is_beyond_boundary(self):
        for fault in self:
            fault.is_beyond_boundary = (
                fault.cause_id.responsible == "customer" or fault.is_beyond_boundary
            )

    @api.depends("supply_point_id", "equipment_id", "date_reported")
    def _compute_service_cover(self):
        for fault in self:
            answer = fault._get_service_entitlement()
            line = answer.line
            covered = "part" if answer.only else "covered"
            fault.service_cover = (
                covered if answer.covered else "used" if line else fault._get_uncovered()
            )
            fault.service_only = ", ".join((answer.only or self.browse()).mapped("display_name"))
            fault.service_contract_id = answer.contract
            fault.service_until = answer.until
            fault.service_response_hours = answer.response_hours
            fault.service_left = line and (
                self.env._("without limit") if answer.left is None else str(answer.left)
            )

    def _get_uncovered(self):
        return "none" if self.supply_point_id else False

    def _get_service_entitlement(self):
        """Return what contracts say of the equipment or the point on the day of the report.

        :rtype: power_contracts' Entitlement
        """
        self.ensure_one()
        day = self.company_id._to_power_time(self.date_reported).date()
        return self.env["contract.contract"]._get_entitlement(
            self.equipment_id or self.supply_point_id, self._get_service_kind(), day
        )

    @api.model
    def _get_service_kind(self):
        """Hook: the kind of service that repairs are."""
        return "maintenance"

    def _compute_quote_count(self):
        counts = dict(
            self.env["sale.order"]
            .sudo()
            ._read_group([("power_fault_id", "in", self.ids)], ["power_fault_id"], ["__count"])
        )
        for fault in self:
            fault.quote_count = counts.get(fault, 0)

    def action_call_under_contract(self):
        """Take one of the calls that the contract includes for this repair."""
        self.ensure_one()
        self.check_access("write")
        answer = self._get_service_entitlement()
        if not answer.covered:
            raise UserError(
                self.env._("%(fault)s: no contract covers this repair. Quote it.", fault=self.name)
            )
        if answer.only:
            raise UserError(
                self.env._(
                    "%(fault)s: the contract covers %(equipment)s only. Choose the faulty "
                    "equipment.",
                    fault=self.name,
                    equipment=", ".join(answer.only.mapped("display_name")),
                )
            )
        visit = self.env["power.contract.visit"].sudo().create(self._prepare_call_vals(answer))
        self._message_log(
            body=self.env._(
                "Repair under contract %(contract)s: %(visit)s",
                contract=answer.contract.sudo().code,
                visit=visit._get_html_link(),
            )
        )
        return True

    def _prepare_call_vals(self, answer):
        """Hook: the visit on call of a contract that this repair is."""
        self.ensure_one()
        return {
            "contract_id": answer.contract.id,
            "contract_line_id": answer.line.id,
            "supply_point_id": self.supply_point_id.id,
            "equipment_ids": [Command.set(self.equipment_id.ids)],
            "fault_id": self.id,
            "origin": "call",
            "date_due": self.company_id._get_power_today(),
            "date_planned": fields.Datetime.now(),
        }

    def action_quote(self):
        """Ask what to quote; one more click drafts the quotation."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Quote the repair"),
            "res_model": "power.fault.quote",
            "view_mode": "form",
            "target": "new",
            "context": {"default_fault_id": self.id},
        }

    def action_open_quotes(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "power_contracts.sale_order_action_services"
            ),
            "domain": [("power_fault_id", "=", self.id)],
        }
