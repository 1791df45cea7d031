from contextlib import contextmanager

from odoo.tests import freeze_time

from .common import ContractsCase


class ContractBooksCase(ContractsCase):
    """A bureau whose prepaid income waits on a liability account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._prepare_accounts()
        cls.deferred = cls.env["account.account"].create(
            {
                "name": "Contract liabilities",
                "code": "220400",
                "account_type": "liability_current",
                "company_ids": [(6, 0, cls.bureau.ids)],
            }
        )
        cls.misc = cls.env["account.journal"].create(
            {
                "name": "Closing",
                "code": "CLO",
                "type": "general",
                "company_id": cls.bureau.id,
            }
        )
        cls.bureau.write(
            {
                "power_deferred_account_id": cls.deferred.id,
                "power_deferral_journal_id": cls.misc.id,
                "power_hour_cost": 80,
            }
        )
        cls.finance = cls._create_user("finance")

    @contextmanager
    def _day(self, day):
        with freeze_time(day), self._no_commit():
            yield

    def _run_jobs(self):
        """What happens in a night, and finance posting what was drafted."""
        self.env["contract.contract"]._cron_follow_terms()
        self.env["contract.contract"].cron_recurring_create_invoice()
        self._post_drafts()
        self.env["power.contract.deferral"]._cron_recognise()

    def _post_drafts(self):
        drafts = self.env["account.move"].search(
            [("company_id", "=", self.bureau.id), ("state", "=", "draft")]
        )
        drafts.filtered(lambda move: move.invoice_line_ids.contract_line_id)._post(soft=False)

    def _invoice(self, contract, day):
        with self._day(day):
            move = contract._recurring_create_invoice(day)
            move._post(soft=False)
        return move

    def _recognise(self, day):
        with self._day(day):
            self.env["power.contract.deferral"]._cron_recognise()

    def _balance(self, account, until=None):
        domain = [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        if until:
            domain.append(("date", "<=", until))
        [(balance,)] = self.env["account.move.line"]._read_group(domain, [], ["balance:sum"])
        return round(balance or 0, 2)
