from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class PowerBill(models.Model):
    """Bills that look odd wait for a clerk between rating and posting."""

    _inherit = "power.bill"

    check_state = fields.Selection(
        selection=[("to_check", "To check"), ("released", "Released")],
        string="Check",
        readonly=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
    )
    check_ids = fields.Many2many(
        comodel_name="power.bill.check", string="Checks", readonly=True, copy=False
    )
    check_reason = fields.Text(string="To check because", readonly=True, copy=False)
    check_note = fields.Text(string="Why it is right", readonly=True, copy=False)
    check_user_id = fields.Many2one(
        comodel_name="res.users", string="Released by", readonly=True, copy=False
    )

    def _rate_bills(self):
        rated = super()._rate_bills()
        rated._apply_checks()
        return rated

    def _reset(self):
        bills = self.filtered(lambda bill: bill.state in ("failed", "rated") and bill.check_state)
        result = super()._reset()
        bills.write(
            {
                "check_state": False,
                "check_ids": False,
                "check_reason": False,
                "check_note": False,
                "check_user_id": False,
            }
        )
        return result

    def _apply_checks(self):
        """Mark the rated bills that match an active check, with the reasons."""
        checks = self.env["power.bill.check"].sudo().search(Domain.TRUE)
        if not self or not checks:
            return
        figures = self._get_check_figures()
        for company, bills in self.grouped("company_id").items():
            own = checks.filtered(lambda check, company=company: not check.company_id - company)
            own = company._in_power_lang(own)
            finders = {check: check._get_finder(company.currency_id) for check in own}
            for bill_id in bills.ids:
                figure = figures[bill_id]
                reasons = {
                    check: reason for check, find in finders.items() if (reason := find(figure))
                }
                if reasons:
                    self.browse(bill_id)._hold_for_check(reasons)

    def _hold_for_check(self, reasons):
        """Let a bill wait for a clerk.

        :param dict reasons: texts by ``power.bill.check`` record
        """
        self.with_context(**self._get_quiet_context()).write(
            {
                "check_state": "to_check",
                "check_ids": [check.id for check in reasons],
                "check_reason": "\n".join(
                    f"{check.name}: {reason}" for check, reason in reasons.items()
                ),
            }
        )

    def _get_check_figures(self):
        """Return {bill id: figures} of all bills by one statement.

        :return: dicts with kwh, amount, point_state, bills (how many of this customer came before,
            at most twelve), usual_kwh and usual_amount (their mean), curve_gaps (holes of load
            curves) and no_periods (energy without a period where the prices have some)
        """
        self.flush_model()
        self.env["power.bill.line"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT b.id, b.kwh::float AS kwh,
                       (b.amount_total - coalesce(b.amount_settled, 0))::float AS amount,
                       p.state AS point_state, b.is_final, u.bills,
                       coalesce(u.kwh, 0)::float AS usual_kwh,
                       coalesce(u.amount, 0)::float AS usual_amount,
                       jsonb_array_length(jsonb_path_query_array(
                           b.steps, '$[*] ? (@.type == "gap")')) AS curve_gaps,
                       EXISTS (
                           SELECT FROM power_bill_line l
                             JOIN power_tariff_price t ON t.component_id = l.component_id
                              AND t.period_id IS NOT NULL
                            WHERE l.bill_id = b.id AND l.kind = 'energy' AND l.period IS NULL
                              AND l.share IS NULL AND l.quantity <> 0) AS no_periods
                  FROM power_bill b
                  JOIN power_supply_point p ON p.id = b.supply_point_id
          JOIN LATERAL (
                       SELECT count(*) AS bills, avg(q.kwh) AS kwh, avg(q.amount_total) AS amount
                         FROM (SELECT o.kwh,
                                      o.amount_total - coalesce(o.amount_settled, 0)
                                          AS amount_total
                                 FROM power_bill o
                                WHERE o.supply_point_id = b.supply_point_id
                                  AND o.customer_id = b.customer_id
                                  AND o.settlement_id IS NULL
                                  AND o.period_from < b.period_from
                                  AND o.state = 'posted'
                             ORDER BY o.period_from DESC
                                LIMIT %(limit)s) q
                       ) u ON TRUE
                 WHERE b.id = ANY(%(ids)s)
                """,
                ids=self.ids,
                limit=self.env["power.bill.check"]._USUAL_BILLS,
            )
        )
        return {row["id"]: row for row in rows}

    def _check_state_move(self, target):
        if target == "posted":
            self._check_released()
        return super()._check_state_move(target)

    def _post_bills(self, bills):
        bills._check_released()
        return super()._post_bills(bills)

    def _check_released(self):
        waiting = self.filtered(lambda bill: bill.check_state == "to_check")
        if waiting:
            raise UserError(
                self.env._(
                    "Bill %(bill)s waits for a clerk: %(reason)s. Release it with a note first.",
                    bill=waiting[0].name,
                    reason=waiting[0].check_reason,
                )
            )

    def action_post(self):
        self.filtered(lambda bill: bill.state == "rated")._check_released()
        return super().action_post()

    def action_release_checks(self):
        """Ask for the note, then release."""
        waiting = self.filtered(lambda bill: bill.check_state == "to_check")
        if not waiting:
            raise UserError(self.env._("None of these bills waits to be checked."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release bills"),
            "res_model": "power.bill.release",
            "view_mode": "form",
            "target": "new",
            "context": {"default_bill_ids": waiting.ids},
        }

    def _release_checks(self, note):
        """Let bills be posted, with the clerk's note why they are right."""
        self.filtered(lambda bill: bill.check_state == "to_check").write(
            {"check_state": "released", "check_note": note, "check_user_id": self.env.uid}
        )
