from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import rating
from ..tools.exact import exact

# What a settlement by reading bills; the month's bill charges the rest over the whole month.
SETTLED_KINDS = frozenset({"energy", "fund", "allowance", "export"})


class PowerBill(models.Model):
    """Bills within a month, and the month's bill that settles them."""

    _inherit = "power.bill"

    settlement_id = fields.Many2one(
        comodel_name="power.supply.settlement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    settlement_kwh = fields.Float(
        string="kWh so far",
        digits=(16, 2),
        readonly=True,
        help="Of a settlement: the energy from the first of the month; the month's bill counts it.",
    )

    _settlement_uniq = models.UniqueIndex(
        "(settlement_id, period_from) WHERE state <> 'cancelled' AND settlement_id IS NOT NULL",
        "This settlement of the month is billed already.",
    )

    # === Rating === #

    def _get_rating_inputs(self):
        inputs = super()._get_rating_inputs()
        inputs["settled"] = self._get_settled_bills()
        return inputs

    def _get_settled_bills(self):
        """Return {point id: posted settlements in these bills' periods}, by day."""
        bills = self.search(
            Domain("settlement_id", "!=", False)
            & Domain("supply_point_id", "in", self.supply_point_id.ids)
            & Domain("period_from", ">=", min(self.mapped("period_from"), default=False))
            & Domain("state", "=", "posted"),
            order="period_to, id",
        )
        result = defaultdict(self.browse)
        for bill in bills:
            result[bill.supply_point_id.id] |= bill
        return result

    def _choose_settled(self, settled):
        """Return the settlements of a point that this bill takes off.

        An advance takes nothing off: it says itself what is due.
        """
        self.ensure_one()
        if self.settlement_id.basis == "share":
            return self.browse()
        return settled[self.supply_point_id.id].filtered(
            lambda bill: (
                bill != self
                and self.period_from <= bill.period_to <= self.period_to
                and (not self.settlement_id or bill.period_to < self.period_to)
                and bill.line_ids
            )
        )

    def _get_versions(self, inputs, first):
        versions = super()._get_versions(inputs, first)
        if not self.settlement_id:
            return versions
        return [
            {
                **version,
                "components": [
                    item for item in version["components"] if item["kind"] in SETTLED_KINDS
                ],
            }
            for version in versions
        ]

    def _choose_readings(self, meter, readings, register):
        chosen = super()._choose_readings(meter, readings, register)
        if chosen and self.settlement_id:
            before = max(
                (
                    row.day
                    for row in self.supply_point_id.settlement_ids
                    if row.day < self.settlement_id.day
                    and row.date_from <= self.period_to
                    and (not row.date_to or row.date_to >= self.period_from)
                ),
                default=0,
            )
            if before and chosen[-1].date <= self.period_from + relativedelta(day=before):
                raise rating.RatingError("no_reading", meter=self._get_register_name(register))
        return chosen

    def _get_determinants(self, inputs):
        if self.settlement_id and self.settlement_id.basis == "share":
            return self._get_advance_determinants(), self.env["power.meter.reading"]
        return super()._get_determinants(inputs)

    def _get_extra_determinants(self, inputs, versions, needs, opened):
        data = super()._get_extra_determinants(inputs, versions, needs, opened)
        settled = inputs["settled"] and self._choose_settled(inputs["settled"])
        if settled:
            data["settled"] = [
                item for bill in settled for item in bill._get_settled_determinants()
            ]
        return data

    def _get_settled_determinants(self):
        """Return what this settlement billed, by component, for the bills that take it off."""
        return [
            {
                "bill": self.name,
                "date_to": self.period_to.isoformat(),
                "amount": str(exact(sum(lines.mapped("amount")), 2)),
                "component": component.id,
            }
            for component, lines in self.line_ids.grouped("component_id").items()
        ]

    def _get_advance_determinants(self):
        """Return the plain data of an advance.

        :raises RatingError: when the last month is not billed
        """
        month = self.period_from - relativedelta(months=1)
        bills = self._search_posted(
            Domain("period_from", ">=", month)
            & Domain("period_from", "<", self.period_from)
            & Domain("customer_id", "=", self.customer_id.id)
        )
        if not bills.filtered(lambda bill: not bill.settlement_id):
            raise rating.RatingError("no_last_month", month=f"{month:%Y-%m}")
        return {
            "supply_point": self.supply_point_id.number,
            "period_from": self.period_from.isoformat(),
            "period_to": self.period_to.isoformat(),
            "registers": [],
            "versions": [],
            "advance": {
                "month": f"{month:%Y-%m}",
                "base": str(exact(sum(bill._get_amount_rated() for bill in bills), 2)),
                "percent": str(exact(self.settlement_id.share, 2)),
            },
        }

    def _prepare_rated_vals(self, data, result, readings):
        vals = super()._prepare_rated_vals(data, result, readings)
        vals["settlement_kwh"] = 0.0
        if self.settlement_id:
            vals.update(kwh=0.0, settlement_kwh=vals["kwh"])
        return vals

    def _prepare_line_vals(self, charge, product_id, sequence):
        if charge.kind in ("settled", "advance"):
            known = self.env["power.tariff.component"].browse(charge.component or [])
            product_id = (known.product_id or self.env.ref("power_billing.product_energy")).id
        return super()._prepare_line_vals(charge, product_id, sequence)

    def _get_failure_message(self, error):
        if error.code == "no_last_month":
            return self.env._(
                "An advance is a share of the bill of %(month)s, which is not posted. Post it and "
                "retry, or settle by reading.",
                month=error.data["month"],
            )
        return super()._get_failure_message(error)

    def _apply_checks(self):
        """Checks know months; a settlement is a part of one."""
        return super(PowerBill, self.filtered(lambda bill: not bill.settlement_id))._apply_checks()

    # === Posting === #

    def _check_postable(self):
        result = super()._check_postable()
        self._check_settlements()
        return result

    def _check_settlements(self):
        """Refuse a bill that does not take off what is posted of its month by now."""
        settled, taken_off = self._get_settled_bills(), self._get_taken_off()
        for bill in self if settled or taken_off else ():
            # An advance has to come before the month's bill as well.
            expected = bill._choose_settled(settled) if settled[bill.supply_point_id.id] else []
            taken = taken_off.get(bill.id, ())
            if {item["bill"] for item in taken} != {one.name for one in expected}:
                raise UserError(
                    self.env._(
                        "Rate bill %(bill)s again: since then a settlement of the month was "
                        "posted or cancelled.",
                        bill=bill.name,
                    )
                )
        self._check_month_open()

    def _get_taken_off(self):
        """Return {bill id: what it takes off}, of the few that do, without reading all records."""
        self.flush_model(["determinants"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT id, determinants -> 'settled' FROM power_bill
                     WHERE id = ANY(%s) AND determinants ? 'settled'
                    """,
                    self.ids,
                )
            )
        )

    def _check_month_open(self):
        within = self.filtered("settlement_id")
        if not within:
            return
        whole = self.search(
            Domain("settlement_id", "=", False)
            & Domain("supply_point_id", "in", within.supply_point_id.ids)
            & Domain("period_to", ">=", min(within.mapped("period_to")))
            & Domain("state", "=", "posted")
        )
        for bill in within:
            done = whole.filtered(
                lambda one, bill=bill: (
                    one.supply_point_id == bill.supply_point_id
                    and one.period_from <= bill.period_to <= one.period_to
                )
            )[:1]
            if done:
                raise UserError(
                    self.env._(
                        "Bill %(done)s settles the whole month; cancel settlement %(bill)s.",
                        done=done.name,
                        bill=bill.name,
                    )
                )

    def _post_bills(self, bills):
        result = super()._post_bills(bills)
        bills._drop_open_settlements()
        return result

    def _drop_open_settlements(self):
        """The month's bill takes the place of settlements that were not posted in time."""
        left = self.search(
            Domain("settlement_id", "!=", False)
            & Domain("supply_point_id", "in", self.supply_point_id.ids)
            & Domain("state", "in", ("draft", "rated", "failed"))
        )
        for bill in self.filtered(lambda bill: not bill.settlement_id) if left else ():
            late = left.filtered(
                lambda one, bill=bill: (
                    one.supply_point_id == bill.supply_point_id
                    and bill.period_from <= one.period_to <= bill.period_to
                )
            )
            late._cancel(self.env._("Settled by %s", bill.name))

    def _settle_readings(self):
        """Readings within the month stay open for the month's bill."""
        months = self.filtered(lambda bill: not bill.settlement_id)
        return super(PowerBill, months)._settle_readings()

    def _get_move_line_name(self, line, lang, cache):
        if line.kind in ("settled", "advance"):
            label = self.env["power.bill.line"].browse(line.id)._get_label(lang)
            return f"{label} {line.date_from} – {line.date_to}"
        return super()._get_move_line_name(line, lang, cache)

    # === Cancelling === #

    def _check_last(self, going):
        """What a later bill of the month took off stays until that one is cancelled."""
        month = self.period_from + relativedelta(day=31)
        later = self.settlement_id and self._search_posted(
            Domain("period_to", ">", self.period_to)
            & Domain("period_to", "<=", month)
            & Domain("id", "not in", going.ids),
            order="period_to desc",
            limit=1,
        )
        if later:
            raise UserError(
                self.env._(
                    "Cancel bill %(later)s first: it takes off what %(bill)s has billed.",
                    later=later.name,
                    bill=self.name,
                )
            )
        return super()._check_last(going)

    def _prepare_again_vals(self):
        vals = super()._prepare_again_vals()
        if self.settlement_id:
            vals.update(settlement_id=self.settlement_id.id, name=self.name)
        return vals
