import base64

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerBillPreview(models.TransientModel):
    """The bill of a point before there is one: rated by the same code, then undone."""

    _name = "power.bill.preview"
    _description = "Bill Preview"

    supply_point_id = fields.Many2one(
        comodel_name="power.supply.point", string="Supply point", required=True, readonly=True
    )
    company_id = fields.Many2one(related="supply_point_id.company_id")
    currency_id = fields.Many2one(related="supply_point_id.currency_id")
    period = fields.Date(
        string="Month",
        required=True,
        compute="_compute_period",
        store=True,
        readonly=False,
        precompute=True,
        help="Any day of the month, or of the point's billing cycle.",
    )
    state = fields.Selection(
        selection=[("new", "New"), ("rated", "Rated"), ("failed", "Failed")],
        default="new",
        readonly=True,
    )
    kwh = fields.Float(string="kWh", digits=(16, 2), readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    problem = fields.Text(readonly=True)
    line_ids = fields.One2many(
        comodel_name="power.bill.preview.line", inverse_name="preview_id", readonly=True
    )
    pdf = fields.Binary(string="PDF", attachment=False, readonly=True)

    @api.depends("supply_point_id")
    def _compute_period(self):
        """The day after the last bill, else the last full month."""
        for preview in self:
            last = self.env["power.bill"].search(
                [
                    ("supply_point_id", "=", preview.supply_point_id.id),
                    ("settlement_id", "=", False),
                    ("state", "=", "posted"),
                ],
                order="period_from desc",
                limit=1,
            )
            today = self.env.company._get_power_today()
            preview.period = (
                last.period_to + relativedelta(days=1)
                if last
                else today + relativedelta(day=1, months=-1)
            )

    def action_preview(self):
        """Show the bill of the chosen month; nothing of it is kept."""
        self.ensure_one()
        self.supply_point_id.check_access("read")
        vals, lines = self._get_preview()
        self.line_ids.unlink()
        self.write({**vals, "line_ids": [fields.Command.create(line) for line in lines]})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bill preview"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _get_preview(self):
        """Rate the bill within a savepoint that is rolled back.

        :return: values of this preview and of its lines
        """
        with self.env.cr.savepoint() as savepoint:
            bill = self._make_bill().sudo()
            bill._rate_bills()
            result = self._prepare_preview_vals(bill), self._prepare_line_vals_list(bill)
            savepoint.rollback()
        self.env.invalidate_all()
        return result

    def _make_bill(self):
        """Return the draft bill of the point and month, new or the one that waits."""
        first, last = self.supply_point_id._get_days_to_bill(self.period)
        bills = self.env["power.bill"].sudo()
        bill = bills.search(
            [
                ("supply_point_id", "=", self.supply_point_id.id),
                ("settlement_id", "=", False),
                ("period_from", "<=", last),
                ("period_to", ">=", last),
                ("state", "!=", "cancelled"),
            ],
            limit=1,
        )
        if bill.state == "posted":
            raise UserError(
                self.env._(
                    "%(month)s is billed already: %(bill)s.", month=f"{first:%Y-%m}", bill=bill.name
                )
            )
        if bill:
            bill._reset()
            return bill
        return bills.with_context(**bills._get_quiet_context()).create(
            {
                "supply_point_id": self.supply_point_id.id,
                "company_id": self.supply_point_id.company_id.id,
                "period_from": first,
                "period_to": last,
            }
        )

    def _prepare_preview_vals(self, bill):
        rated = bill.state == "rated"
        return {
            "state": "rated" if rated else "failed",
            "kwh": bill.kwh,
            "amount_total": bill.amount_total,
            "problem": bill.check_reason if rated else bill.failure_reason,
            "pdf": base64.b64encode(bill._print_pdf()) if rated else False,
        }

    def _prepare_line_vals_list(self, bill):
        lines = [
            {
                "name": line._get_label(self.env.lang),
                "quantity": line.quantity,
                "unit": line.unit,
                "price": line.price,
                "amount": line.amount,
            }
            for line in bill.line_ids
        ]
        if bill.amount_tax_added:
            lines.append({"name": self.env._("Tax"), "amount": bill.amount_tax_added})
        return lines
