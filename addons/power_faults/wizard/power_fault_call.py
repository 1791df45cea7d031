from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.power_fault import DANGEROUS_SYMPTOMS, SYMPTOMS

_MAX_POINTS = 20


class PowerFaultCall(models.TransientModel):
    """A call at the hotline: who it is, what is known already, and the report itself."""

    _name = "power.fault.call"
    _description = "Call at the repair desk"
    _rec_name = "search_text"

    search_text = fields.Char(
        string="Phone, number or name",
        help="Number of the caller, of the customer or of the supply point, or a name.",
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Could be", compute="_compute_partner_ids", compute_sudo=False
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        domain="[('power_is_customer', '=', True)]",
    )
    point_ids = fields.Many2many(
        "power.supply.point", string="Supply points", compute="_compute_point_ids"
    )
    supply_point_id = fields.Many2one(
        "power.supply.point",
        string="Supply point",
        compute="_compute_supply_point_id",
        store=True,
        readonly=False,
        domain="[('partner_id', '=?', partner_id)]",
    )
    service_level_id = fields.Many2one(related="partner_id.power_service_level_id")
    important_level = fields.Selection(related="supply_point_id.important_level")
    protection_note = fields.Text(related="supply_point_id.protection_note")
    outage_id = fields.Many2one("power.outage", compute="_compute_outage_id")
    outage_note = fields.Text(compute="_compute_outage_id")
    fault_ids = fields.Many2many("power.fault", string="Open faults", compute="_compute_fault_ids")
    same_fault_id = fields.Many2one("power.fault", string="Same call", compute="_compute_fault_ids")
    money_note = fields.Text(string="Bills", compute="_compute_money_note")

    symptom = fields.Selection(SYMPTOMS, required=True, default="no_power")
    danger = fields.Boolean(
        string="Danger to life", compute="_compute_danger", store=True, readonly=False
    )
    date_since = fields.Datetime(string="Since", default=fields.Datetime.now)
    contact_name = fields.Char(
        string="Caller", compute="_compute_contact", store=True, readonly=False
    )
    phone = fields.Char(
        string="Call-back number", compute="_compute_contact", store=True, readonly=False
    )
    address = fields.Char()
    device_label = fields.Char(string="Pole or transformer label")
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    place_map = fields.Json(compute="_compute_place_map")
    description = fields.Text(string="What the caller says")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    fault_id = fields.Many2one("power.fault", readonly=True)

    @api.depends("search_text")
    def _compute_partner_ids(self):
        for call in self:
            call.partner_ids = call._find_customers()

    def _find_customers(self):
        """Return the customers that a number, or a name, could mean; the surest way first."""
        self.ensure_one()
        text = (self.search_text or "").strip()
        partners = self.env["res.partner"]
        if not text:
            return partners
        for domain in self._get_customer_domains(text):
            found = partners.search(domain, limit=10)
            if found:
                return found.commercial_partner_id.filtered("power_is_customer") or found
        return partners

    def _get_customer_domains(self, text):
        """Hook: domains to look for the caller, tried one after the other."""
        partners = self.env["res.partner"]
        phone = partners._format_power_phone(text, self.company_id.country_id)
        domains = []
        if phone:
            domains.append(Domain("phone", "=", phone))
        domains += [
            Domain("power_customer_number", "=", text),
            Domain("power_supply_point_ids.number", "=", text),
            Domain("power_is_customer", "=", True) & Domain("name", "ilike", text),
        ]
        return domains

    @api.depends("partner_ids")
    def _compute_partner_id(self):
        for call in self:
            found = call.partner_ids._origin or call.partner_ids
            call.partner_id = found if len(found) == 1 else False

    @api.depends("partner_id")
    def _compute_point_ids(self):
        for call in self:
            call.point_ids = self.env["power.supply.point"].search(
                [("partner_id", "=", call.partner_id.id), ("state", "!=", "closed")],
                limit=_MAX_POINTS,
            )

    @api.depends("point_ids", "search_text")
    def _compute_supply_point_id(self):
        for call in self:
            points, text = call.point_ids, (call.search_text or "").strip()
            named = points.filtered_domain([("number", "=", text)])
            chosen = named or (points if len(points) == 1 else points.browse())
            call.supply_point_id = chosen._origin or chosen

    @api.depends("symptom")
    def _compute_danger(self):
        for call in self:
            call.danger = call.danger or call.symptom in DANGEROUS_SYMPTOMS

    @api.depends("partner_id", "search_text")
    def _compute_contact(self):
        partners = self.env["res.partner"]
        for call in self:
            formatted = call.search_text and partners._format_power_phone(
                call.search_text, call.company_id.country_id
            )
            call.phone = formatted or call.phone or call.partner_id.phone
            call.contact_name = call.partner_id.name or call.contact_name

    @api.depends("supply_point_id", "device_label", "latitude", "longitude")
    def _compute_outage_id(self):
        faults = self.env["power.fault"]
        for call in self:
            point = call.supply_point_id
            node = point.node_id or faults._find_node(
                call.company_id, call.device_label, call.latitude, call.longitude
            )
            outage = faults._find_covering_outage(point, node)
            call.outage_id = outage
            call.outage_note = call._describe_outage(outage) if outage else False

    def _describe_outage(self, outage):
        expected = outage.date_expected
        return self.env._(
            "Covered by outage %(outage)s since %(since)s, expected back %(back)s.",
            outage=outage.name,
            since=self._format_time(outage.date_start),
            back=self._format_time(expected) if expected else self.env._("not known yet"),
        )

    def _format_time(self, instant):
        return fields.Datetime.context_timestamp(self, instant).strftime("%Y-%m-%d %H:%M")

    @api.depends("supply_point_id", "partner_id", "phone")
    def _compute_fault_ids(self):
        for call in self:
            known = Domain.OR(
                [
                    Domain("supply_point_id", "=", call.supply_point_id.id or 0),
                    Domain("partner_id", "=", call.partner_id.id or 0),
                    Domain("phone", "=", call.phone or "-"),
                ]
            )
            call.fault_ids = self.env["power.fault"].search(
                known & Domain("state", "not in", self.env["power.fault"]._FINAL_STATES), limit=10
            )
            call.same_fault_id = self.env["power.fault"]._find_same_call(
                call._prepare_report_vals()
            )

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_place_map(self):
        for call in self:
            call.place_map = call.company_id._get_power_place_map()

    @api.depends("partner_id")
    def _compute_money_note(self):
        for call in self:
            call.money_note = call._get_money_note()

    def _get_money_note(self):
        """Hook: what the agent should know about open bills; billing adds it."""
        return False

    def _prepare_report_vals(self):
        """Hook: values of the fault."""
        self.ensure_one()
        point = self.supply_point_id._origin or self.supply_point_id
        partner = self.partner_id._origin or self.partner_id
        return {
            "channel": "phone",
            "symptom": self.symptom,
            "danger": self.danger,
            "date_since": self.date_since,
            "partner_id": partner.id,
            "supply_point_id": point.id,
            "contact_name": self.contact_name,
            "phone": self.phone,
            "address": self.address,
            "device_label": self.device_label,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "description": self.description,
            "company_id": (point.company_id or self.company_id).id,
        }

    def action_report(self):
        """Make a fault of the call, or add the call to the fault it is about."""
        return self._report(separate=False)

    def action_report_separate(self):
        """A fault of its own, although the same place called before."""
        return self._report(separate=True)

    def _report(self, separate):
        self.ensure_one()
        vals = self._prepare_report_vals()
        where = ("supply_point_id", "address", "device_label", "latitude")
        if not any(vals[name] for name in where):
            raise UserError(
                self.env._(
                    "Say where: choose a supply point, or enter an address, the label of a pole or "
                    "a place on the map."
                )
            )
        key = f"call {self.id}" if not separate else f"call {self.id} separate"
        self.fault_id, _outcome = self.env["power.fault"]._take_report(
            vals, key=key, separate=separate
        )
        return self._open_fault()

    def action_covered(self):
        """The caller is content with the answer; the outage keeps note of the call."""
        self.ensure_one()
        self.outage_id.sudo()._message_log(
            body=self.env._(
                "%(caller)s called about this outage and needs no report.",
                caller=self.contact_name or self.phone or self.env._("A customer"),
            )
        )
        return self._new_call()

    def _open_fault(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "power.fault",
            "view_mode": "form",
            "res_id": self.fault_id.id,
        }

    @api.model
    def _new_call(self):
        return self.env["ir.actions.act_window"]._for_xml_id("power_faults.power_fault_call_action")
