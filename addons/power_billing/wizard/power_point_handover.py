from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerPointClose(models.TransientModel):
    """A supply point that goes on with another customer (过户): the leaver's final bill on the
    reading of the day, the new customer from the next day on."""

    _inherit = "power.point.close"

    new_partner_id = fields.Many2one(comodel_name="res.partner", string="New customer")
    new_payer_id = fields.Many2one(
        comodel_name="res.partner",
        string="New payer",
        compute="_compute_new_payer_id",
        store=True,
        readonly=False,
        help="Who gets the bills; the new customer unless another is given.",
    )
    new_tariff_id = fields.Many2one(
        comodel_name="power.tariff",
        string="Tariff from then on",
        compute="_compute_new_terms",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    is_prepaid = fields.Boolean(
        string="Prepaid from then on", compute="_compute_new_terms", store=True, readonly=False
    )
    company_id = fields.Many2one(related="supply_point_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    life_support = fields.Boolean(related="supply_point_id.life_support")
    leaver_id = fields.Many2one(
        comodel_name="res.partner", string="Leaving customer", compute="_compute_leaver"
    )
    leaving_payer_id = fields.Many2one(
        comodel_name="res.partner", string="Pays until then", compute="_compute_leaver"
    )
    amount_open = fields.Monetary(
        string="Still owed",
        compute="_compute_account",
        help="Open bills and late fees of who pays until then, of all supply points; the final "
        "bill comes on top.",
    )
    amount_credit = fields.Monetary(
        string="On account",
        compute="_compute_account",
        help="Advance payments and top-ups of who pays until then. They are set against the final "
        "bill; the rest stays theirs, to be paid back or kept.",
    )
    handover_note = fields.Char(
        string="Note", help="For example why the change goes on although something is owed."
    )

    @api.depends("new_partner_id")
    def _compute_new_payer_id(self):
        for wizard in self:
            wizard.new_payer_id = wizard.new_partner_id

    @api.depends("supply_point_id")
    def _compute_new_terms(self):
        for wizard in self:
            wizard.new_tariff_id = wizard.supply_point_id.tariff_id
            wizard.is_prepaid = wizard.supply_point_id.is_prepaid

    @api.depends("supply_point_id", "date")
    def _compute_leaver(self):
        for wizard in self:
            point = wizard.supply_point_id
            known = point._get_customer_on(wizard.date) if wizard.date else point
            wizard.leaver_id = known.partner_id
            wizard.leaving_payer_id = known.payer_id or known.partner_id

    @api.depends("leaving_payer_id")
    def _compute_account(self):
        for wizard in self:
            payer, company = wizard.leaving_payer_id.sudo(), wizard.company_id
            moves = payer._get_power_open_moves(company)
            wizard.amount_open = sum(moves.mapped("amount_residual_signed"))
            credits = payer._get_power_credits(company)
            wizard.amount_credit = credits.get(payer.commercial_partner_id.id, 0.0)

    def action_hand_over(self):
        """Read, bill the leaver and enter the new customer; when one of them is refused nothing
        is done.

        :return: the action that shows the final bill, or the supply point where none was due
        """
        self.ensure_one()
        self.supply_point_id.check_access("read")
        wizard = self.sudo()
        wizard._check_handover()
        bill = wizard._bill_leaver()
        wizard._enter_customer(bill)
        return (bill or wizard.supply_point_id)._get_records_action(context={})

    def _check_handover(self):
        if not self.new_partner_id:
            raise UserError(self.env._("Choose the new customer."))
        if self.new_partner_id == self.leaver_id:
            raise UserError(
                self.env._("%s is the customer of this point already.", self.leaver_id.display_name)
            )
        owes = self.currency_id.compare_amounts(self.amount_open, 0.0) > 0
        leaves = self.leaving_payer_id != self.new_payer_id
        if owes and leaves and not (self.handover_note or "").strip():
            raise UserError(
                self.env._(
                    "%(payer)s still owes %(amount)s. Take the payment first, or write in the note "
                    "why the change goes on.",
                    payer=self.leaving_payer_id.display_name,
                    amount=self.currency_id.format(self.amount_open),
                )
            )

    def _bill_leaver(self):
        """Make the final bill; none where the last bill ends on the leaver's last day."""
        if self._is_billed():
            self._check_settled()
            return self.env["power.bill"]
        self._check_open_bills()
        self._create_readings()
        return self._create_bill()

    def _prepare_bill_vals(self):
        vals = super()._prepare_bill_vals()
        if self.new_partner_id:
            number = self.supply_point_id.number
            vals |= {"name": f"{number}-{self.date:%Y%m%d}", "period_to": self.date}
        return vals

    def _enter_customer(self, bill):
        """Let the new customer count from the next day on.

        :param bill: the leaver's final bill, or none
        """
        point, leaver, payer = self.supply_point_id, self.leaver_id, self.leaving_payer_id
        point.with_context(power_customer_sync=True).write(self._prepare_point_vals())
        day = self.date + timedelta(days=1)
        point._register_customer(day, leaver, payer, self.handover_note)
        self._enter_tariff(day)
        self._end_household(day)
        (payer | self.new_payer_id)._update_power_prepaid(self.company_id)
        point.message_post(body=self._get_handover_message(bill))

    def _prepare_point_vals(self):
        point = self.supply_point_id
        vals = {
            "partner_id": self.new_partner_id.id,
            "payer_id": (self.new_payer_id or self.new_partner_id).id,
            "is_prepaid": self.is_prepaid,
        }
        if point.name in (False, self.leaver_id.name):
            vals["name"] = self.new_partner_id.name
        return vals

    def _enter_tariff(self, day):
        point = self.supply_point_id
        if self.new_tariff_id and self.new_tariff_id != point.tariff_id:
            self.env["power.supply.tariff"].create(
                {
                    "supply_point_id": point.id,
                    "tariff_id": self.new_tariff_id.id,
                    "date_from": day,
                }
            )

    def _end_household(self, day):
        """A large household is the leaver's: its wider tiers end with him."""
        facts = self.supply_point_id.fact_ids.filtered("household_extra_from")
        facts.filtered(lambda fact: fact.date_from >= day).household_extra_from = False
        running = facts.filtered(lambda fact: fact.date_from < day and fact._is_in_force(day))
        if running:
            running.copy({"date_from": day, "date_requested": day, "household_extra_from": False})

    def _get_handover_message(self, bill):
        text = self.env._(
            "%(leaver)s was supplied until %(day)s, %(customer)s is from then on.",
            leaver=self.leaver_id.display_name,
            day=fields.Date.to_string(self.date),
            customer=self.new_partner_id.display_name,
        )
        final = bill and self.env._("Final bill: %s.", bill.name)
        return " ".join(filter(None, (text, final, self.handover_note)))
