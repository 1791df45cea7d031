from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

from ..tools import contract_calendar
from .contract_line_bulk import LinesInvoiced

_VISITS_AHEAD_MONTHS = 3
_REMINDER = "mail.mail_activity_data_todo"


class ContractContract(models.Model):
    """A service contract: what is covered, from when to when, and its one gate of states."""

    _name = "contract.contract"
    _inherit = ["contract.contract", "power.state.mixin"]

    _TRANSITIONS = {
        "draft": ("open",),
        "open": ("suspended", "ended", "terminated"),
        "suspended": ("open", "ended", "terminated"),
        "ended": ("open",),
        "terminated": (),
    }
    # A suspended contract binds both sides still: it covers, renews and ends.
    _STATES_IN_FORCE = ("open", "suspended")

    # A contract is of one company and in the language of its customer, unlike its template.
    name = fields.Char(translate=False)
    company_id = fields.Many2one(required=True)
    code = fields.Char(copy=False)
    # Those who sell contracts have no right to journals and invoices.
    currency_id = fields.Many2one(compute_sudo=True)
    invoice_count = fields.Integer(compute_sudo=True)
    pricelist_id_domain = fields.Binary(compute_sudo=True)
    # Customers read their contracts, not what the utility notes about them.
    note = fields.Text(groups="base.group_user")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("open", "In force"),
            ("suspended", "Suspended"),
            ("ended", "Ended"),
            ("terminated", "Terminated"),
        ],
        string="Status",
        required=True,
        default="draft",
        index=True,
        tracking=True,
        group_expand=True,
    )
    term_end = fields.Date(
        string="Ends on", tracking=True, copy=False, help="The last day of the contract."
    )
    supply_point_ids = fields.Many2many(
        "power.supply.point",
        "power_contract_supply_point_rel",
        "contract_id",
        "supply_point_id",
        string="Supply points covered",
        check_company=True,
    )
    equipment_ids = fields.Many2many(
        "power.equipment",
        "power_contract_equipment_rel",
        "contract_id",
        "equipment_id",
        string="Equipment covered",
        check_company=True,
        help="Empty: everything at the supply points covered.",
    )
    crew_user_id = fields.Many2one(
        "res.users", string="Done by", domain="[('share', '=', False)]", tracking=True
    )
    visit_ids = fields.One2many("power.contract.visit", "contract_id", string="Visits")
    visit_count = fields.Integer(string="All visits", compute="_compute_visit_counts")
    missed_visit_count = fields.Integer(string="Missed visits", compute="_compute_visit_counts")
    suspension_ids = fields.One2many("power.contract.suspension", "contract_id", readonly=True)
    revision_ids = fields.One2many("power.contract.revision", "contract_id")
    renewal_state = fields.Selection(
        [("offered", "Offered"), ("accepted", "Accepted"), ("declined", "Declined")],
        string="Renewal status",
        copy=False,
        tracking=True,
        readonly=True,
    )
    renewal_signed_by = fields.Char(string="Renewal signed by", copy=False, readonly=True)
    renewal_signed_on = fields.Datetime(string="Renewal signed on", copy=False, readonly=True)
    renewal_signature = fields.Image(
        string="Signature", copy=False, readonly=True, attachment=True, max_width=1024
    )
    date_terminated = fields.Date(string="Terminated on", copy=False, readonly=True)
    end_reason = fields.Char(string="Why it ended", copy=False, readonly=True)

    def _compute_visit_counts(self):
        groups = self.env["power.contract.visit"]._read_group(
            [("contract_id", "in", self.ids)], ["contract_id", "state"], ["__count"]
        )
        counts = {contract._origin.id: {} for contract in self}
        for contract, state, count in groups:
            counts[contract.id][state] = count
        for contract in self:
            own = counts[contract._origin.id]
            contract.visit_count = sum(own.values())
            contract.missed_visit_count = own.get("missed", 0)

    def _compute_recurring_next_date(self):
        services = self.filtered(lambda item: item.is_power_service and item.contract_line_ids)
        for contract in services:
            # Without a line to invoice there is no next invoice; the header has no period.
            contract.recurring_next_date = min(
                contract.contract_line_ids.filtered(
                    lambda line: not line.is_canceled and not line.display_type
                ).mapped("recurring_next_date")
                or [False],
                key=lambda day: day or fields.Date.to_date("9999-12-31"),
            )
        return super(ContractContract, self - services)._compute_recurring_next_date()

    # === CONSTRAINTS === #

    @api.constrains("date_start", "term_end", "is_power_service")
    def _check_term(self):
        for contract in self.filtered("is_power_service"):
            self._check_term_dates(contract.display_name, contract.date_start, contract.term_end)

    @api.model
    def _check_term_dates(self, name, start, end):
        if start and end and end < start:
            raise ValidationError(
                self.env._(
                    "%(contract)s: the end %(end)s lies before the start %(start)s. Enter a "
                    "later end.",
                    contract=name,
                    end=fields.Date.to_string(end),
                    start=fields.Date.to_string(start),
                )
            )

    @api.constrains("partner_id", "supply_point_ids", "equipment_ids")
    def _check_covered(self):
        for contract in self.filtered("is_power_service"):
            customer = contract.commercial_partner_id
            for covered in (*contract.supply_point_ids, *contract.equipment_ids):
                if covered.partner_id.commercial_partner_id != customer:
                    raise ValidationError(
                        self.env._(
                            "%(contract)s: %(covered)s belongs to %(owner)s, not to %(customer)s. "
                            "Take it off this contract.",
                            contract=contract.display_name,
                            covered=covered.display_name,
                            owner=covered.partner_id.display_name,
                            customer=customer.display_name,
                        )
                    )

    @api.constrains(
        "state", "date_start", "term_end", "supply_point_ids", "equipment_ids", "contract_line_ids"
    )
    def _check_overlap(self):
        """Refuse to cover the same thing by the same service twice on one day."""
        for contract in self._filter_in_force():
            for other in self.search(contract._get_overlap_domain()):
                shared = contract._get_shared_cover(other)
                products = contract._get_charged_products() & other._get_charged_products()
                if shared and products:
                    raise UserError(
                        self.env._(
                            "%(covered)s has “%(service)s” already by %(other)s until %(end)s. "
                            "Begin this contract after it, or take one of the two off.",
                            covered=shared[0].display_name,
                            service=products[0].display_name,
                            other=other.display_name,
                            end=fields.Date.to_string(other.term_end) or self.env._("no set day"),
                        )
                    )

    def _get_overlap_domain(self):
        self.ensure_one()
        domain = (
            Domain("id", "!=", self.id)
            & Domain("is_power_service", "=", True)
            & Domain("state", "in", self._STATES_IN_FORCE)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("commercial_partner_id", "=", self.commercial_partner_id.id)
            & (Domain("term_end", "=", False) | Domain("term_end", ">=", self.date_start))
        )
        return domain & Domain("date_start", "<=", self.term_end) if self.term_end else domain

    def _get_shared_cover(self, other):
        """Equipment both cover, or supply points both cover whole, with or without equipment."""
        equipment = self._get_covered() & other._get_covered()
        return equipment or self._get_whole_points() & other._get_whole_points()

    def _get_whole_points(self):
        return self.browse().supply_point_ids if self.equipment_ids else self.supply_point_ids

    def _get_charged_products(self):
        return self.contract_line_ids.filtered(lambda line: not line.is_canceled).product_id

    def _get_covered(self):
        """Equipment covered; all of the supply points where none is named."""
        self.ensure_one()
        return self.equipment_ids or self.supply_point_ids.equipment_ids

    # === CRUD === #

    def _has_field_access(self, field, operation):
        # Not by ``groups``: the base add-on's views use the field without.
        if field.name.startswith("invoice_generation_error") and self.env.user.share:
            return self.env.su
        return super()._has_field_access(field, operation)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("is_power_service", self.env.context.get("default_is_power_service")):
                vals.setdefault("line_recurrence", True)
                # Before the lines are made, whose own checks speak of something else.
                self._check_term_dates(
                    vals.get("name") or "",
                    fields.Date.to_date(vals.get("date_start")),
                    fields.Date.to_date(vals.get("term_end")),
                )
                vals["code"] = vals.get("code") or self.env["ir.sequence"].next_by_code(
                    "power.contract"
                )
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if {"date_start", "term_end"} & vals.keys():
            self.filtered("is_power_service")._spread_term(vals)
        return result

    @api.onchange("contract_template_id")
    def _onchange_contract_template_id(self):
        """The template gives the lines and their terms; the days are the contract's own."""
        start, end = self.date_start, self.date_end
        result = super()._onchange_contract_template_id()
        if self.is_power_service:
            self.update({"date_start": start, "date_end": end})
            self._onchange_power_term()
        return result

    def _convert_contract_lines(self, contract):
        lang = self.partner_id.lang or self.env.lang
        return super()._convert_contract_lines(contract.with_context(lang=lang))

    @api.onchange("date_start", "term_end")
    def _onchange_power_term(self):
        if self.is_power_service and self.state == "draft":
            for line in self.contract_line_ids.filtered(lambda item: not item.last_date_invoiced):
                line.update({"date_start": self.date_start, "date_end": self.term_end})

    def _spread_term(self, vals):
        """The lines follow the term; the start only while nothing is invoiced."""
        for contract in self:
            lines = contract.contract_line_ids
            if "term_end" in vals:
                for end, part in lines.grouped(lambda line: line._get_end_of_term()).items():
                    part.write({"date_end": end})
            fresh = lines.filtered(lambda line: not line.last_date_invoiced)
            if "date_start" in vals and contract.state == "draft" and fresh:
                fresh.write({"date_start": contract.date_start})
                fresh.invalidate_recordset(["next_period_date_start", "next_period_date_end"])
                fresh._compute_recurring_next_date()

    # === STATES === #

    def _check_state_move(self, target):
        result = super()._check_state_move(target)
        if target == "open":
            self.filtered(lambda contract: contract.state == "draft")._check_complete()
        return result

    def _check_complete(self):
        for contract in self:
            if not contract.contract_line_ids or not (
                contract.supply_point_ids or contract.equipment_ids
            ):
                raise UserError(
                    self.env._(
                        "%(contract)s needs at least one service, and a supply point or a piece "
                        "of equipment that it covers.",
                        contract=contract.display_name,
                    )
                )

    def action_open(self):
        self._set_state("open")
        self._plan_visits()
        return True

    def _get_next_visit(self):
        """Return the planned visit that comes first, or none."""
        planned = self.visit_ids.filtered(lambda visit: visit.state == "planned")
        return planned.sorted("date_planned")[:1]

    def _plan_visits(self):
        today = self.env.company._get_power_today()
        horizon = contract_calendar.add_months(today, _VISITS_AHEAD_MONTHS)
        return self.contract_line_ids._generate_visits(horizon)

    def _for_customer(self):
        """The contract in the language of its customer, who reads its history and credits."""
        self.ensure_one()
        return self.with_context(lang=self.partner_id.lang or self.env.lang)

    def _log_amendment(self, text, day=None, tell=False):
        """Keep a change of the contract in its history, and tell the customer where asked."""
        for contract in self:
            contract.sudo().with_context(skip_modification_mail=not tell).write(
                {
                    "modification_ids": [
                        Command.create(
                            {
                                "date": day or self.env.company._get_power_today(),
                                "description": text,
                            }
                        )
                    ]
                }
            )

    # === SUSPENSION === #

    def _get_pauses(self):
        """Suspensions as [(first day, last day)]; one not over yet lasts until for ever."""
        return [
            (pause.date_from, pause.date_to or fields.Date.to_date("9999-12-31"))
            for pause in self.sudo().suspension_ids
        ]

    def action_suspend(self, day=None, reason=None):
        """Suspend from ``day`` (today) on; a coming day is kept until it is there."""
        self.ensure_one()
        today = self.company_id._get_power_today()
        day = day or today
        self._check_day_in_term(day)
        if day > today:
            return self._announce_change("suspend", day, reason)
        done = self.coming_change == "suspend"
        self._set_state("suspended", **(self._prepare_no_change_vals() if done else {}))
        self.env["power.contract.suspension"].sudo().create(
            {"contract_id": self.id, "date_from": day, "reason": reason}
        )
        self._cancel_visits(day)
        env = self._for_customer().env
        self._log_amendment(env._("Suspended. %(reason)s", reason=reason or ""), day=day)
        return True

    def action_resume(self, day=None):
        """Take the contract up again on ``day`` (today); prepaid days of the pause are credited."""
        self.ensure_one()
        today = self.company_id._get_power_today()
        day = day or today
        if day > today:
            return self._announce_change("resume", day)
        done = self.coming_change == "resume"
        self._close_pause(day - timedelta(days=1))
        self._set_state("open", **(self._prepare_no_change_vals() if done else {}))
        self._log_amendment(self._for_customer().env._("Resumed."), day=day)
        self._replan_visits(day)
        return True

    def _close_pause(self, last):
        """End the running suspension on ``last`` and credit its days that were paid before."""
        pauses = self.sudo().suspension_ids
        running = pauses.filtered(lambda item: not item.date_to)[:1]
        if running and last < running.date_from:
            running.unlink()
        elif running:
            prepaid = [
                (line, running.date_from, min(last, line.last_date_invoiced))
                for line in self.contract_line_ids
                if line.last_date_invoiced and line.last_date_invoiced >= running.date_from
            ]
            others = [(item.date_from, item.date_to) for item in pauses - running]
            self._create_credit(prepaid, last, others)
            running.date_to = last

    # === TERMINATION === #

    def action_terminate(self, day=None, reason=None):
        """End the contract early on ``day``, its last one.

        Days paid in advance are credited, days not invoiced yet are invoiced; both as drafts. With
        a coming day this waits until that day is over; the term ends there from now on.
        """
        self.ensure_one()
        today = self.company_id._get_power_today()
        day = day or today
        self._check_day_in_term(day)
        if day > today:
            return self._announce_change("terminate", day, reason)
        self._close_pause(day)
        pauses = self._get_pauses()
        prepaid = [
            (line, day + timedelta(days=1), line.last_date_invoiced)
            for line in self.contract_line_ids
            if line.last_date_invoiced and line.last_date_invoiced > day
        ]
        self._create_credit(prepaid, day, pauses)
        for line in self.contract_line_ids.sudo().with_context(power_amended=True):
            line.write(line._prepare_termination_vals(day))
        self._set_state(
            "terminated",
            term_end=day,
            date_terminated=day,
            end_reason=reason,
            renewal_state=False,
            **self._prepare_no_change_vals(),
        )
        self._cancel_visits(day + timedelta(days=1))
        env = self._for_customer().env
        self._log_amendment(env._("Terminated. %(reason)s", reason=reason or ""), day=day)
        self._invoice_rest(day + timedelta(days=1))
        return True

    def _check_day_in_term(self, day):
        if day < self.date_start or (self.term_end and day > self.term_end):
            raise UserError(
                self.env._(
                    "%(contract)s runs from %(start)s to %(end)s; %(day)s is not one of its days.",
                    contract=self.display_name,
                    start=fields.Date.to_string(self.date_start),
                    end=fields.Date.to_string(self.term_end) or self.env._("no set day"),
                    day=fields.Date.to_string(day),
                )
            )

    def _create_credit(self, parts, day, pauses):
        """Draft a credit note of days invoiced in advance.

        :param list parts: (line, first day, last day), both days included
        :param list pauses: (first, last day) credited already
        """
        commands = [
            Command.create(vals)
            for line, first, last in parts
            for since, until, terms in line._split_invoiced(first, last)
            if (vals := line._prepare_credit_vals(since, until, pauses, terms))
        ]
        if not commands:
            return self.env["account.move"]
        contract = self.sudo()
        return contract.env["account.move"].create(
            {
                **contract._prepare_invoice(day),
                "move_type": "out_refund",
                "invoice_line_ids": commands,
            }
        )

    def _invoice_rest(self, date_ref):
        """Invoice what is still owed of contracts that are over.

        The daily run of recurring invoices leaves out what falls due after the end, which every
        last period in arrears does.
        """
        for contract in self.sudo():
            while contract.recurring_next_date and contract.recurring_next_date <= date_ref:
                lines = contract._get_lines_to_invoice(contract.recurring_next_date)
                if not lines:
                    break
                contract._recurring_create_invoice(contract.recurring_next_date)
        self._clear_invoice_generation_error()

    def _cancel_visits(self, day):
        """Call off the visits planned for ``day`` or later."""
        self.sudo().visit_ids.filtered(
            lambda visit: visit.state == "planned" and visit.date_due >= day
        )._set_state("cancelled")

    # === RENEWAL === #

    def action_offer_renewal(self):
        for contract in self:
            contract._check_renewable()
            contract.renewal_state = "offered"
            contract._log_amendment(
                contract._for_customer().env._(
                    "Renewal until %(end)s offered.",
                    end=fields.Date.to_string(contract._get_renewed_end()),
                ),
                tell=True,
            )
        return True

    def action_renew(self):
        for contract in self:
            contract._check_renewable()
            end = contract._get_renewed_end()
            answered = contract.renewal_state == "accepted"
            contract._close_end_activities(contract.term_end)
            contract.write({"term_end": end, "renewal_state": "accepted" if answered else False})
            if contract.state == "ended":
                contract._set_state("open")
            contract._log_amendment(
                contract._for_customer().env._(
                    "Renewed until %(end)s.", end=fields.Date.to_string(end)
                )
            )
            contract._plan_visits()
        return True

    def action_decline_renewal(self, reason=None):
        """The customer does not go on: the contract ends with its term, renewed by itself or not.

        :raises UserError: where no renewal is on offer
        """
        for contract in self:
            contract._check_offered()
            contract.write({"renewal_state": "declined"})
            contract._log_amendment(
                contract._for_customer()
                .env._("Renewal declined. %(reason)s", reason=reason or "")
                .strip()
            )
            user = contract.user_id or contract.company_id._get_power_answer_user(
                contract.partner_id
            )
            if user:
                contract.sudo().activity_schedule(
                    _REMINDER,
                    user_id=user.id,
                    summary=contract.with_context(lang=user.lang).env._(
                        "The customer does not renew"
                    ),
                    note=reason or "",
                )
        return True

    def _check_offered(self):
        for contract in self.filtered(lambda item: item.renewal_state != "offered"):
            raise UserError(
                self.env._("%(contract)s has no renewal on offer.", contract=contract.display_name)
            )

    def _accept_renewal(self, name, signature):
        """The customer agrees: keep its signature (base64 image) and renew."""
        self.ensure_one()
        self._check_offered()
        # Before anything is written: the portal answers with the error and keeps what was written.
        self._check_renewable()
        self.write(
            {
                "renewal_state": "accepted",
                "renewal_signed_by": name,
                "renewal_signed_on": fields.Datetime.now(),
                "renewal_signature": signature,
            }
        )
        return self.action_renew()

    def _get_renewed_end(self):
        """Last day of the next term, reckoned from the first day after this one."""
        begin = self.term_end + timedelta(days=1)
        return contract_calendar.add_months(begin, self.renewal_months) - timedelta(days=1)

    def _check_renewable(self):
        for contract in self:
            if contract.state not in ("open", "suspended", "ended"):
                raise UserError(
                    self.env._(
                        "%(contract)s is “%(state)s” and cannot be renewed. Make a new contract.",
                        contract=contract.display_name,
                        state=contract._get_state_label(contract.state),
                    )
                )
            if not contract.term_end or not contract.renewal_months:
                raise UserError(
                    self.env._(
                        "%(contract)s has no end or no months to renew it for. Enter both first.",
                        contract=contract.display_name,
                    )
                )
            if contract.coming_change == "terminate":
                raise UserError(
                    self.env._(
                        "%(contract)s is to be terminated on %(day)s. Withdraw that first.",
                        contract=contract.display_name,
                        day=fields.Date.to_string(contract.date_coming_change),
                    )
                )

    def _schedule_end_activity(self):
        self.ensure_one()
        user = self.user_id or self.env.user
        self.activity_schedule(
            _REMINDER,
            date_deadline=self.term_end,
            user_id=user.id,
            summary=self.with_context(lang=user.lang).env._("The contract ends"),
        )

    def _close_end_activities(self, end):
        """Who was told that the contract ends need not follow it any more."""
        reminder = self.env.ref(_REMINDER)
        self.sudo().activity_ids.filtered(
            lambda item: (
                item.activity_type_id == reminder
                and item.date_deadline == end
                and item.summary
                == self.with_context(lang=item.user_id.lang).env._("The contract ends")
            )
        ).action_feedback(feedback=self.env._("Renewed."))

    # === INVOICING === #

    @api.model
    def _get_contracts_to_invoice_domain(self, date_ref=None):
        domain = super()._get_contracts_to_invoice_domain(date_ref)
        return domain & (
            Domain("is_power_service", "=", False)
            | Domain("state", "in", self._get_invoiced_states())
        )

    @api.model
    def _get_invoiced_states(self):
        return ("open", "ended", "terminated")

    def _get_lines_to_invoice(self, date_ref):
        if self.is_power_service and self.state not in self._get_invoiced_states():
            return self.env["contract.line"]
        return super()._get_lines_to_invoice(date_ref)

    def _prepare_recurring_invoices_values(self, date_ref=False):
        self.filtered("is_power_service").revision_ids._apply()
        self._fetch_for_invoicing()
        later = LinesInvoiced()
        contracts = self.with_context(power_lines_invoiced=later)
        values = super(ContractContract, contracts)._prepare_recurring_invoices_values(date_ref)
        self.env["contract.line"].browse(later)._write_last_dates_invoiced()
        return [
            vals
            for vals in values
            if any(
                command[2].get("display_type") != "line_section"
                for command in vals["invoice_line_ids"]
            )
        ]

    def _fetch_for_invoicing(self):
        """Hook: read for all contracts at once what is asked of one after the other."""
        services = self.filtered("is_power_service").sudo()
        services.suspension_ids.mapped("date_from")
        services.contract_line_ids.filtered("visit_months").visit_ids.mapped("state")

    def _recurring_create_invoice(self, date_ref=False):
        moves = super()._recurring_create_invoice(date_ref)
        moves._link_power_visits()
        return moves

    def action_open_visits(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "power_contracts.power_contract_visit_action"
            ),
            "domain": [("contract_id", "=", self.id)],
            "context": {"default_contract_id": self.id},
        }
