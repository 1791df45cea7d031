from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.power_crm.tools import electrical

# axes whose letters a rule may ask for
_LETTERS = ("credit", "value", "safety", "risk", "pyramid")


PAYMENTS = [
    ("usual", "As usual"),
    ("instalments", "Instalments possible"),
    ("guarantee", "Guarantee"),
    ("prepay", "Prepayment"),
]


class PowerServiceLevelRule(models.Model):
    """Which service level follows from the grades.

    Among the rules that grant a level the first that fits counts. Rules of a minimum are applied
    after: whatever the grades say, no customer they fit falls below. So a low value never lowers
    what safety demands.
    """

    _name = "power.service.level.rule"
    _description = "Service level by grades"
    _order = "kind, sequence, id"

    name = fields.Char(required=True, translate=True, help="Why: told to the account manager.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    kind = fields.Selection(
        [("grant", "Grants"), ("minimum", "At least")],
        required=True,
        default="grant",
    )
    credit = fields.Char(help="Letters that fit, such as “A, B”; empty: any.")
    value = fields.Char(help="Letters that fit; empty: any.")
    safety = fields.Char(string="Safety of supply", help="Letters that fit; empty: any.")
    risk = fields.Char(help="Letters that fit; empty: any.")
    pyramid = fields.Char(help="Letters that fit; empty: any.")
    important = fields.Selection(
        [
            ("any", "Any important customer"),
            *electrical.IMPORTANT_LEVELS,
        ],
        string="Important customer",
        help="Empty: important or not.",
    )
    life_support = fields.Boolean(string="Only with life support")
    level_id = fields.Many2one(
        "power.service.level", string="Service level", required=True, ondelete="restrict"
    )
    payment = fields.Selection(
        PAYMENTS,
        string="Way of paying",
        default="usual",
        required=True,
        help="Stands on the customer and beside its arrears; the account manager agrees it.",
    )

    @api.constrains(*_LETTERS)
    def _check_letters(self):
        for rule in self:
            for name in _LETTERS:
                if rule[name] and not rule._get_letters(name):
                    raise ValidationError(
                        self.env._(
                            "“%(rule)s”: name the letters of “%(axis)s” with commas between them, "
                            "such as “A, B”.",
                            rule=rule.name,
                            axis=rule._fields[name]._description_string(self.env),
                        )
                    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self._apply_soon()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._apply_soon()
        return result

    def unlink(self):
        result = super().unlink()
        self._apply_soon()
        return result

    def _get_letters(self, name):
        return {letter.strip() for letter in (self[name] or "").split(",") if letter.strip()}

    def _fits(self, facts):
        """Whether a customer of these facts (letters, important, life_support) fits the rule."""
        self.ensure_one()
        for name in _LETTERS:
            letters = self._get_letters(name)
            if letters and facts[name] not in letters:
                return False
        if self.important == "any" and not facts["important"]:
            return False
        if self.important not in (False, "any") and facts["important"] != self.important:
            return False
        return not self.life_support or bool(facts["life_support"])

    def _decide(self, facts):
        """The rule whose level follows from the facts; empty when none fits.

        ``self`` are the rules of one company in order.
        """
        granted = next(
            (rule for rule in self if rule.kind == "grant" and rule._fits(facts)), self.browse()
        )
        floors = [rule for rule in self if rule.kind == "minimum" and rule._fits(facts)]
        best = min(floors, key=lambda rule: rule.level_id.sequence, default=None)
        if best and (not granted or best.level_id.sequence < granted.level_id.sequence):
            return best
        return granted

    @api.model
    def _get_rules(self, company):
        return self.search([("company_id", "in", [False, company.id])])

    @api.model
    def _apply_soon(self):
        """Let everybody be looked at in the background, once however many rules change."""
        if job := self.env.ref("power_grading.ir_cron_service_level", raise_if_not_found=False):
            job.sudo()._trigger()

    @api.model
    def _cron_apply(self):
        """Daily, and after a change of the rules or of what leads: everybody gets the level that
        follows, so that no way a fact may change is forgotten."""
        companies = self.env["res.company"].search([("active", "=", True)])
        for left, company in enumerate(companies[::-1]):
            self._apply(company)
            self.env["ir.cron"]._commit_progress(1, remaining=left)

    @api.model
    def _apply(self, company, partners=None):
        """Give the customers of a company the level that follows from their grades, and the way of
        paying that goes with it.

        Customers whose level is kept by hand are left alone.

        :param SQL partners: SELECT of the ids of those it is for; None: all of the company
        :return: the customers for whom one of them changed
        """
        rules = self._get_rules(company)
        changed = self.env["res.partner"]
        if not rules:
            return changed
        self.env.flush_all()
        for facts, level_id, payment, ids in self._group_customers(company, partners):
            rule = rules._decide(facts)
            if not rule or (rule.level_id.id, rule.payment) == (level_id, payment or "usual"):
                continue
            alike = self.env["res.partner"].sudo().browse(ids)
            vals = {"power_service_level_id": rule.level_id.id, "power_payment": rule.payment}
            for batch in (alike[start : start + 1000] for start in range(0, len(ids), 1000)):
                batch.with_context(tracking_disable=True).write(vals)
            if level_id:
                rule._tell_account_managers(alike, level_id)
            changed |= alike
        return changed

    def _group_customers(self, company, partners):
        """Customers with the same grades are decided on together.

        Of a customer that companies share the one of its largest supply decides, or each would
        write over the other's.
        """
        own = Domain("company_id", "=", company.id)
        shared = Domain("company_id", "=", False)
        shared &= Domain("power_main_point_id.company_id", "=", company.id)
        domain = Domain("power_is_customer", "=", True) & (own | shared)
        domain &= Domain("power_service_level_fixed", "=", False)
        if partners is not None:
            domain &= Domain("id", "in", SQL("(%s)", partners))
        query = self.env["res.partner"].sudo()._search(domain)
        columns = SQL(", ").join(
            [
                *(SQL.identifier("g", axis) for axis in _LETTERS),
                SQL("p.power_important_level"),
                SQL("p.power_life_support"),
            ]
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT %(columns)s, p.power_service_level_id, p.power_payment, array_agg(p.id)"
                " FROM res_partner p LEFT JOIN power_customer_grade g"
                " ON g.partner_id = p.id AND g.company_id = %(company)s"
                " WHERE p.id IN %(ids)s"
                " GROUP BY %(columns)s, p.power_service_level_id, p.power_payment",
                columns=columns,
                company=company.id,
                ids=query.subselect(),
            )
        )
        keys = (*_LETTERS, "important", "life_support")
        return [(dict(zip(keys, row[: len(keys)], strict=True)), *row[len(keys) :]) for row in rows]

    def _tell_account_managers(self, partners, former_id):
        """One activity a customer, for whoever looks after it."""
        self.ensure_one()
        former = self.env["power.service.level"].browse(former_id)
        activities = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        activities.create(
            [self._prepare_level_activity_vals(partner, former) for partner in partners]
        )

    def _prepare_level_activity_vals(self, partner, former):
        """Hook: the activity that tells of another service level."""
        user = partner._get_power_responsible()
        rule = self.with_context(lang=user.lang)
        ways = dict(rule._fields["payment"]._description_selection(rule.env))
        return {
            "res_model_id": self.env["ir.model"]._get_id("res.partner"),
            "res_id": partner.id,
            "activity_type_id": self.env.ref("power_grading.mail_activity_type_level").id,
            "user_id": user.id,
            "summary": rule.env._(
                "Service level: %(now)s instead of %(before)s",
                now=rule.level_id.name,
                before=former.with_context(lang=user.lang).name,
            )
            if rule.level_id != former
            else rule.env._("Way of paying: %s", ways[rule.payment]),
            "note": rule.env._(
                "%(reason)s. Way of paying: %(payment)s.",
                reason=rule.name,
                payment=ways[rule.payment],
            ),
        }
