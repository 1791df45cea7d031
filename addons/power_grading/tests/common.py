from datetime import date

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.power_crm.tests.common import PowerCase

TODAY = date(2026, 6, 30)
LETTERS = (("A", 90, None), ("B", 70, 90), ("C", 50, 70), ("D", None, 50))


class GradingCase(PowerCase):
    """A bureau with customers of known capacity, and schemes made by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # schemes that stand in the database would grade these customers too
        cls.env["power.grading.scheme"].sudo().search([("state", "=", "active")]).write(
            {"state": "retired"}
        )

    @classmethod
    def _create_scheme(cls, code="test", bands=LETTERS, indicators=None, **vals):
        if indicators is None:
            indicators = [cls._prepare_indicator()]
        return cls.env["power.grading.scheme"].create(
            {
                "name": f"Scheme {code}",
                "code": f"t_{code}",
                "axis": "credit",
                "population_domain": "[]",
                "indicator_ids": [
                    Command.create({"sequence": place, **part})
                    for place, part in enumerate(indicators)
                ],
                "band_ids": [
                    Command.create(
                        {
                            "sequence": place,
                            "letter": letter,
                            "name": letter,
                            "open_below": low is None,
                            "open_above": high is None,
                            "value_from": low or 0,
                            "value_to": high or 0,
                        }
                    )
                    for place, (letter, low, high) in enumerate(bands)
                ],
                **vals,
            }
        )

    @classmethod
    def _prepare_indicator(cls, **vals):
        return {
            "name": "Capacity",
            "source": "capacity",
            "transformation": "asis",
            "weight": 1,
            **vals,
        }

    @classmethod
    def _create_customers(cls, *capacities):
        partners = cls.env["res.partner"]
        for place, capacity in enumerate(capacities):
            partner = cls._create_customer(f"Customer {place}", company_id=cls.bureau.id)
            cls._create_point(partner, capacity_kva=capacity)
            partners |= partner
        return partners

    @classmethod
    def _run(cls, *schemes, approve=True, day=TODAY, **vals):
        run = cls.env["power.grading.run"].create(
            {
                "company_id": cls.bureau.id,
                "date": day,
                "line_ids": [Command.create({"scheme_id": scheme.id}) for scheme in schemes],
                **vals,
            }
        )
        run.action_compute()
        if approve:
            run.action_approve()
        return run

    def _letters(self, partners, scheme):
        results = self.env["power.grading.result"].search(
            [("partner_id", "in", partners.ids), ("family", "=", scheme.code), ("current", "=", 1)]
        )
        letters = {result.partner_id: result.letter for result in results}
        return [letters.get(partner) for partner in partners]


class FourCustomersCase(GradingCase):
    """One customer a letter (A, B, C, D by capacity), and a leading scheme in use."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._create_customers(95, 80, 60, 10)
        cls.scheme = cls._create_scheme(leading=True)
        cls.scheme.action_activate()


class GradingMoneyCase(GradingCase):
    """The same in a company with a chart of accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bureau = cls._get_company_with_accounts()
        cls.env.user.company_ids += cls.bureau
        cls.env.user.company_id = cls.bureau
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.bureau.ids})

    @classmethod
    def _get_company_with_accounts(cls):
        """One that stands in the database already, for a chart takes long to load."""
        ready = cls.env["res.company"].search([("name", "=", "Power Bureau")], limit=1)
        if not ready:
            ready = cls.env["res.company"].create({"name": "Power Bureau"})
            cls.env["account.chart.template"].try_loading("cn", ready, install_demo=False)
        return ready

    @classmethod
    def _analyze_books(cls):
        """Let the planner see the rows of this transaction.

        Books that other tests filled and rolled back count as empty: joins over them go wrong.
        """
        cls.env.flush_all()
        cls.env.cr.execute(
            "ANALYZE account_move, account_move_line, account_partial_reconcile, account_payment"
        )

    @classmethod
    def _pay(cls, invoice, day, amount=None):
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": day, "amount": amount or invoice.amount_residual})
            ._create_payments()
        )


def values_of(env, query, scope):
    """{partner id: value} of one source."""
    return dict(
        env.execute_query(
            SQL("SELECT %s, %s FROM %s GROUP BY 1", query.partner, query.value, query.table(scope))
        )
    )
