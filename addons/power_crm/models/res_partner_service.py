from odoo import api, fields, models
from odoo.fields import Domain

LICENCE_READERS = (
    "power_crm.group_agent,power_crm.group_account_manager,"
    "power_crm.group_billing_clerk,power_crm.group_finance"
)


class ResPartner(models.Model):
    """What is done for a customer: service file, defects, licences, duplicates, renewals."""

    _inherit = "res.partner"

    power_licence_ids = fields.One2many(
        "power.licence", "partner_id", string="Licences", groups=LICENCE_READERS
    )
    power_service_record_ids = fields.One2many(
        "power.service.record", "partner_id", string="Service file", groups="base.group_user"
    )
    power_defect_ids = fields.One2many(
        "power.defect", "partner_id", string="Defects", groups="base.group_user"
    )
    power_service_plan = fields.Html(string="Personal service plan", groups="base.group_user")
    power_service_record_count = fields.Integer(
        string="Service records",
        compute="_compute_power_service_counts",
        groups="power_crm.group_user",
    )
    power_open_defect_count = fields.Integer(
        string="Open defects",
        compute="_compute_power_service_counts",
        groups="power_crm.group_user",
    )
    power_major_defect_count = fields.Integer(
        string="Major hazards not rectified",
        compute="_compute_power_service_counts",
        groups="power_crm.group_user",
    )
    power_licence_count = fields.Integer(
        string="Number of licences",
        compute="_compute_power_licence_count",
        groups=LICENCE_READERS,
    )
    power_duplicate_ids = fields.Many2many(
        "res.partner",
        string="Possible duplicates",
        compute="_compute_power_duplicates",
        groups="power_crm.group_user",
    )
    power_duplicate_note = fields.Char(
        string="Why possible duplicates",
        compute="_compute_power_duplicates",
        groups="power_crm.group_user",
    )

    _power_phone_sanitized_idx = models.Index("(phone_sanitized) WHERE phone_sanitized IS NOT NULL")

    def _compute_power_service_counts(self):
        records = dict(
            self.env["power.service.record"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        defects = {
            (partner, severity, state): count
            for partner, severity, state, count in self.env["power.defect"]._read_group(
                [("partner_id", "in", self.ids), ("state", "!=", "verified")],
                ["partner_id", "severity", "state"],
                ["__count"],
            )
        }
        for partner in self:
            own = {key[1:]: count for key, count in defects.items() if key[0] == partner}
            partner.power_service_record_count = records.get(partner, 0)
            partner.power_open_defect_count = sum(own.values())
            partner.power_major_defect_count = own.get(("major", "found"), 0) + own.get(
                ("major", "noticed"), 0
            )

    def _compute_power_licence_count(self):
        counts = dict(
            self.env["power.licence"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.power_licence_count = counts.get(partner, 0)

    @api.depends("phone_sanitized", "vat", "company_registry", "power_is_customer", "parent_id")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_power_duplicates(self):
        lookups = [
            (label, self._find_power_twins(*criterion))
            for label, *criterion in self._get_power_duplicate_criteria()
        ]
        for partner in self:
            twins, reasons = self.browse(), []
            for label, found in lookups:
                same = found.get(partner.id, self.browse()) - partner - partner._origin
                same = same.filtered(
                    lambda other, partner=partner: (
                        other.commercial_partner_id != partner.commercial_partner_id
                    )
                )
                if same:
                    twins |= same
                    reasons.append(
                        self.env._(
                            "same %(criterion)s: %(names)s",
                            criterion=label,
                            names=", ".join(same.mapped("display_name")),
                        )
                    )
            partner.power_duplicate_ids = twins
            partner.power_duplicate_note = "; ".join(reasons)

    @api.model
    def _get_power_duplicate_criteria(self):
        """Hook: what makes two customers look alike.

        :return: list of (label, model, field holding the partner, field compared)
        """
        criteria = [
            (self.env._("telephone number"), "res.partner", "id", "phone_sanitized"),
            (self.env._("tax number"), "res.partner", "id", "vat"),
            (self.env._("registration number"), "res.partner", "id", "company_registry"),
        ]
        if self.env["power.licence"].has_access("read"):
            criteria.append((self.env._("licence number"), "power.licence", "partner_id", "number"))
        return criteria

    def _find_power_twins(self, model, partner_field, compared):
        """Return {partner id: partners with the same value}, two queries whatever the number."""
        holders = self if model == "res.partner" else self.power_licence_ids
        by_value = {}
        for holder in holders:
            if value := holder[compared]:
                owner = holder if model == "res.partner" else holder.partner_id
                by_value.setdefault(value, []).append(owner.id)
        if not by_value:
            return {}
        domain = Domain(compared, "in", list(by_value))
        if model == "res.partner":
            domain &= Domain("power_is_customer", "=", True)
        twins = {}
        for other in self.env[model].search(domain, limit=200):
            for partner_id in by_value[other[compared]]:
                owner = other if model == "res.partner" else other.partner_id
                twins[partner_id] = twins.get(partner_id, self.browse()) | owner
        return twins

    @api.model
    def _power_batches(self, domain, size=200):
        """Yield (batch, number remaining) of the partners in a domain, each partner once.

        Going on by id, a partner whose treatment changed nothing cannot hold up the rest.
        """
        domain, last = Domain(domain), 0
        while batch := self.search(domain & Domain("id", ">", last), limit=size, order="id"):
            last = batch[-1].id
            yield batch, self.search_count(domain & Domain("id", ">", last))

    @api.model
    def _cron_remind_important_renewals(self):
        """Daily: remind the account managers of important customers to be confirmed anew.

        One open activity a customer; it is entered when the renewal comes near (company setting)
        or is overdue.
        """
        for partners, remaining in self._power_batches(self._get_renewal_due_domain()):
            for partner in partners:
                partner.activity_schedule(**partner._prepare_renewal_vals())
            if not self.env["ir.cron"]._commit_progress(len(partners), remaining=remaining):
                break

    @api.model
    def _get_renewal_due_domain(self):
        """Hook: important customers whose renewal is near and not yet on anybody's list."""
        activity_type = self.env.ref("power_crm.mail_activity_type_renewal")
        due = [
            Domain("power_main_point_id.company_id", "=", company.id)
            & Domain(
                "power_important_renewal_date", "<=", f"today +{company.power_renewal_remind_days}d"
            )
            for company in self.env["res.company"].search([])
        ]
        pointless = Domain("power_main_point_id", "=", False) & Domain(
            "power_important_renewal_date",
            "<=",
            f"today +{self.env.company.power_renewal_remind_days}d",
        )
        return (
            Domain("power_important_level", "!=", False)
            & Domain("activity_ids", "not any", [("activity_type_id", "=", activity_type.id)])
            & Domain.OR([pointless, *due])
        )

    def _prepare_renewal_vals(self):
        self.ensure_one()
        due = self.power_important_renewal_date
        user = self._get_power_responsible()
        return {
            "act_type_xmlid": "power_crm.mail_activity_type_renewal",
            "date_deadline": due,
            "user_id": user.id,
            "summary": self.with_context(lang=user.lang).env._(
                "Important customer to be confirmed anew by %(date)s", date=due
            ),
        }

    def action_open_power_duplicates(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "power_crm.res_partner_action_customers"
            ),
            "name": self.env._("Possible duplicates"),
            "domain": [("id", "in", (self + self.power_duplicate_ids).ids)],
        }

    def action_open_power_supply_points(self):
        return self._open_power("power_crm.power_supply_point_action")

    def action_open_power_service_records(self):
        return self._open_power("power_crm.power_service_record_action")

    def action_open_power_defects(self):
        return self._open_power("power_crm.power_defect_action")

    def action_open_power_licences(self):
        return self._open_power("power_crm.power_licence_action")

    def _open_power(self, xmlid):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(xmlid),
            "domain": [("partner_id", "=", self.id)],
            "context": {"default_partner_id": self.id},
        }
