from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import contract_calendar
from .contract_template_line import MONTHS


class Terms(NamedTuple):
    """What a whole period costs before discount, and its discount in percent."""

    price: Decimal
    discount: float


class ContractLine(models.Model):
    """A service line: its periods keep to the first day of the line, stubs are charged by days."""

    _inherit = "contract.line"

    name = fields.Text(translate=False)
    visit_ids = fields.One2many("power.contract.visit", "contract_line_id", string="Visits")
    service_kind = fields.Selection(
        related="product_id.power_service_kind", string="Service", store=True
    )

    @api.constrains("visit_months", "recurring_invoicing_type")
    def _check_visits_in_arrears(self):
        for line in self.filtered("visit_months"):
            if line.recurring_invoicing_type == "pre-paid":
                raise ValidationError(
                    self.env._(
                        "%(line)s: visits are invoiced when they are done. Choose post-paid for "
                        "this line, or no planned visits.",
                        line=line.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            contract = self.env["contract.contract"].browse(vals.get("contract_id"))
            if contract.is_power_service and not vals.get("date_start"):
                vals["date_start"] = contract.date_start
            if contract.is_power_service and not vals.get("date_end"):
                vals["date_end"] = contract.term_end
        return super().create(vals_list)

    @api.constrains("product_id", "contract_id", "is_canceled")
    def _check_overlap(self):
        self.contract_id._check_overlap()

    # === PERIODS === #

    def _get_end_of_term(self):
        """Last day by the contract; until an agreed termination is done, what is paid stays."""
        self.ensure_one()
        contract = self.contract_id
        if self.is_canceled:
            return self.date_end
        if contract.coming_change != "terminate":
            return contract.term_end
        return max(filter(None, (contract.term_end, self.last_date_invoiced, self.date_start)))

    def _can_be_invoiced(self, date_ref):
        contract, start = self.contract_id, self.next_period_date_start
        left = contract.coming_change == "terminate" and start
        if left and start > contract.date_coming_change:
            return False
        return super()._can_be_invoiced(date_ref)

    def _anchored(self):
        """The line, knowing the day all its periods are reckoned from."""
        self.ensure_one()
        anchor = self.contract_id.is_power_service and self.date_start
        return self.with_context(power_anchor=anchor)

    def _compute_next_period_date_end(self):
        services = self.filtered("contract_id.is_power_service")
        for line in services:
            super(ContractLine, line._anchored())._compute_next_period_date_end()
        return super(ContractLine, self - services)._compute_next_period_date_end()

    def _compute_recurring_next_date(self):
        services = self.filtered("contract_id.is_power_service")
        for line in services:
            super(ContractLine, line._anchored())._compute_recurring_next_date()
        return super(ContractLine, self - services)._compute_recurring_next_date()

    def _get_period_to_invoice(self, *args, **kwargs):
        return super(ContractLine, self._anchored())._get_period_to_invoice(*args, **kwargs)

    @api.model
    def get_next_period_date_end(
        self,
        next_period_date_start,
        recurring_rule_type,
        recurring_interval,
        max_date_end,
        next_invoice_date=False,
        recurring_invoicing_type=False,
        recurring_invoicing_offset=False,
    ):
        """Reckon the period from the first day of the line: 31 January, 28 February, 31 March."""
        anchor = self.env.context.get("power_anchor")
        months = MONTHS.get(recurring_rule_type, 0) * recurring_interval
        start = next_period_date_start
        if anchor and months and start and start >= anchor:
            if max_date_end and start > max_date_end:
                return False
            end = contract_calendar.period(anchor, months, start)[1]
            end = min(end, max_date_end or end)
            usual = start if recurring_invoicing_type == "pre-paid" else end
            usual += timedelta(days=recurring_invoicing_offset or 0)
            if not next_invoice_date or next_invoice_date == usual:
                return end
        return super().get_next_period_date_end(
            next_period_date_start,
            recurring_rule_type,
            recurring_interval,
            max_date_end,
            next_invoice_date=next_invoice_date,
            recurring_invoicing_type=recurring_invoicing_type,
            recurring_invoicing_offset=recurring_invoicing_offset,
        )

    # === INVOICING === #

    def _prepare_invoice_line(self):
        vals = super()._prepare_invoice_line()
        if not self.contract_id.is_power_service or self.display_type:
            return vals
        first, last, _day = self._get_period_to_invoice(
            self.last_date_invoiced, self.recurring_next_date
        )
        vals.update(self._prepare_power_book_vals(first, last))
        if self.visit_months:
            until = last or self.contract_id.company_id._get_power_today()
            return self._prepare_visits_vals(vals, self._get_visits_to_invoice(until))
        share = self._get_charged_share(first, last)
        if not share:
            return {}
        if share != 1:
            vals.update(self._prepare_share_vals(share))
        return vals

    def _prepare_visits_vals(self, vals, visits):
        """Hook: the invoice line of the visits done; a visit not done is never in it."""
        if not visits:
            return {}
        days = ", ".join(visits.mapped(lambda visit: fields.Date.to_string(visit.date_done)))
        return {
            **vals,
            "quantity": self.quantity * len(visits),
            "name": f"{vals['name']} ({days})",
        }

    def _prepare_share_vals(self, share, terms=None):
        """Quantity 1 at the exact price of a part of the period: quantities are rounded.

        :param terms: those of the period, by default those of today
        """
        price = (terms or self._get_terms()).price
        rounding = Decimal(str(self.currency_id.rounding))
        return {
            "quantity": 1,
            "price_unit": float(contract_calendar.amount(price, share, rounding)),
        }

    def _get_terms(self):
        """Return what a period costs as the line stands now."""
        self.ensure_one()
        price = Decimal(str(self.price_unit)) * Decimal(str(self.quantity))
        return Terms(price, self.discount)

    def _get_charged_share(self, first, last):
        """Periods charged from ``first`` to ``last``, both included, without suspended days."""
        self.ensure_one()
        months = self._get_period_months()
        if not months:
            return Fraction(1)
        return contract_calendar.charged_periods(
            self.date_start, months, first, last, self.contract_id._get_pauses()
        )

    def _split_invoiced(self, first, last):
        """Return [(first day, last day, terms)]: from when to when they were invoiced alike.

        Price, quantity and discount may have been changed since, for the periods to come. Days of
        which no invoice is known have the terms of today.
        """
        self.ensure_one()
        parts = []
        for begin, end, terms in self._get_invoiced_terms(first, last):
            if parts and parts[-1][2] == terms:
                parts[-1] = (parts[-1][0], end, terms)
            else:
                parts.append((begin, end, terms))
        return parts

    def _get_invoiced_terms(self, first, last):
        """Yield (first day, last day, terms) of each invoice, and of the days between them."""
        day = first
        for item in self._find_invoiced(first, last):
            begin, end = max(item.power_service_from, day), min(item.power_service_to, last)
            if begin > end:
                continue
            if begin > day:
                yield day, begin - timedelta(days=1), self._get_terms()
            yield begin, end, item._get_power_terms()
            day = end + timedelta(days=1)
        if day <= last:
            yield day, last, self._get_terms()

    def _find_invoiced(self, first, last, move_type="out_invoice"):
        """Return the lines of invoices (or credits) for days of this time, the earliest first."""
        return (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("contract_line_id", "=", self.id),
                    ("move_id.move_type", "=", move_type),
                    ("parent_state", "!=", "cancel"),
                    ("power_service_from", "<=", last),
                    ("power_service_to", ">=", first),
                ],
                order="power_service_from, id",
            )
        )

    def _prepare_credit_vals(self, first, last, pauses, terms=None):
        """Credit of days invoiced in advance; empty where nothing is to be given back.

        :param terms: what they were invoiced at, by default the terms of today
        """
        self.ensure_one()
        terms = terms or self._get_terms()
        months = self._get_period_months()
        if self.visit_months or not months or first > last:
            return {}
        share = contract_calendar.charged_periods(self.date_start, months, first, last, pauses)
        if not share:
            return {}
        return {
            "contract_line_id": self.id,
            "product_id": self.product_id.id,
            "product_uom_id": self.uom_id.id,
            "name": self.contract_id._for_customer().env._(
                "%(service)s, credit from %(first)s to %(last)s",
                service=self.name,
                first=fields.Date.to_string(first),
                last=fields.Date.to_string(last),
            ),
            "discount": terms.discount,
            **self._prepare_power_book_vals(first, last),
            **self._prepare_share_vals(share, terms),
        }

    def _invoice_again_from(self, day):
        """What was invoiced from ``day`` on is not invoiced any more: the next run does it."""
        for line in self:
            last = day - timedelta(days=1) if day > line.date_start else False
            line.with_context(power_amended=True).write({"last_date_invoiced": last})
        return True

    def _prepare_termination_vals(self, day):
        """What ends the line on ``day``; a line that had not begun is called off."""
        self.ensure_one()
        if self.date_start > day:
            return {"is_canceled": True}
        vals = {"date_end": day}
        if self.last_date_invoiced and self.last_date_invoiced > day:
            vals["last_date_invoiced"] = day
        return vals

    def _get_visits_to_invoice(self, last):
        self.ensure_one()
        return self.visit_ids.filtered(
            lambda visit: (
                visit.state == "done"
                and not visit.invoice_line_id
                and visit.origin == "plan"
                and visit.date_done <= last
            )
        )

    # === VISITS === #

    def _generate_visits(self, horizon):
        """Plan the visits due until ``horizon``; those planned before are left alone."""
        vals_list = []
        lines = self.filtered(lambda line: line.visit_months and not line.is_canceled)
        groups = (
            self.env["power.contract.visit"]
            .sudo()
            ._read_group(
                [("contract_line_id", "in", lines.ids), ("origin", "=", "plan")],
                ["contract_line_id"],
                ["date_due:array_agg"],
            )
        )
        days = {line.id: set(known) for line, known in groups}
        for line in lines:
            last = min(horizon, line.date_end or horizon)
            known = days.get(line.id, ())
            pauses = line.contract_id._get_pauses()
            vals_list += [
                line._prepare_visit_vals(day)
                for day in contract_calendar.due_days(
                    line.date_start, line.visit_months, line.date_start, last
                )
                if day not in known and not any(begin <= day <= end for begin, end in pauses)
            ]
        visits = self.env["power.contract.visit"].sudo()
        for company, own in self._group_by_company(vals_list).items():
            visits._plan_moments(company, own)
        return visits.create(vals_list)

    def _group_by_company(self, vals_list):
        """Return {company: values of visits of its contracts}."""
        companies = {line.contract_id.id: line.contract_id.company_id for line in self}
        groups = {}
        for vals in vals_list:
            groups.setdefault(companies[vals["contract_id"]], []).append(vals)
        return groups

    def _prepare_visit_vals(self, day):
        """Hook: a visit due in the interval that begins on ``day``."""
        self.ensure_one()
        contract = self.contract_id
        deadline = contract_calendar.period(self.date_start, self.visit_months, day)[1]
        points = contract.supply_point_ids
        return {
            "contract_id": contract.id,
            "contract_line_id": self.id,
            "origin": "plan",
            "supply_point_id": points.id if len(points) == 1 else False,
            "equipment_ids": [fields.Command.set(contract._get_covered().ids)],
            "date_due": day,
            "deadline": min(deadline, self.date_end or deadline),
            "duration": self.visit_hours,
            "user_id": contract.crew_user_id.id,
        }
