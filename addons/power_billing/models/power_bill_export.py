from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import bill_export
from ..tools.exact import exact
from ..tools.rating import RatingError

_BATCH = 500


class PowerBill(models.Model):
    """A bill as a file that anybody can rate again, chained to the one before."""

    _inherit = "power.bill"

    def action_export_data(self):
        """Download the bill as ``power-bill/1``."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/my/power/bills/{self.id}/data",
            "target": "download",
        }

    def _get_export_document(self):
        """Return the bill as it was issued; see ``tools/bill_export.py``.

        :raises UserError: when it was not rated
        """
        self.ensure_one()
        if not self.determinants:
            raise UserError(
                self.env._("Bill %s was not rated; there is nothing to download.", self.name)
            )
        # The chain is the point's, whoever paid then: of the others a hash alone is told.
        previous_hash, document = None, None
        for bill in self.sudo()._get_export_chain():
            document = bill_export.assemble(
                bill._get_export_names(), bill.determinants, bill.steps, previous_hash
            )
            previous_hash = document["hash"]
        return document

    def _get_export_chain(self):
        """Return all issued bills of the point up to this one, in the order of issue.

        A cancelled bill keeps its place, so that cancelling changes no later hash.
        """
        issued = Domain("state", "=", "posted") | (
            Domain("state", "=", "cancelled") & Domain("move_id", "!=", False)
        )
        earlier = self.search(
            Domain("supply_point_id", "=", self.supply_point_id.id)
            & Domain("id", "<", self.id)
            & Domain("determinants", "!=", False)
            & issued,
            order="id",
        )
        return earlier + self

    def _get_export_names(self):
        """Return what names the bill in its export; only what never changes."""
        return {
            "number": self.name,
            "supply_point": self.determinants["supply_point"],
            "period_from": self.period_from.isoformat(),
            "period_to": self.period_to.isoformat(),
            "currency": self.currency_id.name,
            "total": str(exact(self.amount_total, 2)),
        }

    # === Every bill, rated again === #

    def _get_replay_problems(self):
        """Tell what a replay of this bill finds.

        :return: sentences; none when charges and total are the kernel's, to the cent
        """
        self.ensure_one()
        try:
            replayed = self._replay()
        except RatingError as error:
            return [self.env._("The determinants cannot be rated: %s.", error)]
        problems = []
        lines = self.line_ids.sorted("sequence")
        made = [(charge.kind, charge.amount) for charge in replayed.charges]
        charged = [(line.kind, exact(line.amount, 2)) for line in lines]
        if made != charged:
            problems.append(
                self.env._(
                    "The charges are %(kept)s; rated again they are %(made)s.",
                    kept=", ".join(str(amount) for __, amount in charged),
                    made=", ".join(str(amount) for __, amount in made),
                )
            )
        kept = exact(self._get_amount_rated(), 2)
        if replayed.total != kept:
            problems.append(
                self.env._(
                    "The total is %(kept)s; rated again it is %(made)s.",
                    kept=kept,
                    made=replayed.total,
                )
            )
        return problems

    def _find_not_replayed(self, domain=()):
        """Rate every posted bill again.

        :param domain: of the bills to look at; all posted ones by default
        :return: (number of bills looked at, {bill: sentences} of those that differ)
        """
        found, count, last = {}, 0, 0
        base = Domain(domain) & Domain("state", "=", "posted")
        while bills := self.search(base & Domain("id", ">", last), order="id", limit=_BATCH):
            for bill in bills:
                problems = bill._get_replay_problems()
                if problems:
                    found[bill] = problems
            count, last = count + len(bills), bills[-1].id
            self.env.invalidate_all()
        return count, found
