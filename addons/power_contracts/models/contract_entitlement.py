from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain

from ..tools import contract_calendar


class Entitlement(NamedTuple):
    """What a customer may ask for by contract.

    ``left`` is the number of calls left in the contract year, None without a limit; ``only`` is the
    equipment covered where a supply point was asked for and not all that stands there is.
    """

    covered: bool
    contract: models.BaseModel
    line: models.BaseModel
    until: object = None
    left: int | None = None
    response_hours: float = 0.0
    only: models.BaseModel | None = None


class ContractContract(models.Model):
    _inherit = "contract.contract"

    @api.model
    def _get_entitlement(self, covered, service, day=None):
        """Is a job covered, until when, and how many are left?

        :param covered: a ``power.equipment`` or a ``power.supply.point``
        :param service: a ``product.product``, or the code of a kind of service
            (``power_service_kind``, for instance ``maintenance``)
        :param day: date of the job, today by default
        :rtype: Entitlement
        """
        day = day or self.env.company._get_power_today()
        lines = (
            self.env["contract.line"]
            .sudo()
            .search(self._get_entitlement_domain(covered, service, day))
        )
        answers = [
            self._prepare_entitlement(line, day)._replace(only=line.contract_id._get_only(covered))
            for line in lines
        ]
        nothing = Entitlement(False, self.browse(), self.env["contract.line"])
        return max(
            answers,
            key=lambda item: (
                item.covered,
                not item.only,
                item.left is None,
                item.left or 0,
            ),
            default=nothing,
        )

    @api.model
    def _get_entitlement_domain(self, covered, service, day):
        kind = Domain(
            *(
                ("service_kind", "=", service)
                if isinstance(service, str)
                else ("product_id", "=", service.id)
            )
        )
        return (
            kind
            & Domain("contract_id.is_power_service", "=", True)
            & Domain("contract_id.state", "=", "open")
            & Domain("is_canceled", "=", False)
            & Domain("date_start", "<=", day)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", day))
            & (
                Domain("contract_id.term_end", "=", False)
                | Domain("contract_id.term_end", ">=", day)
            )
            # Visits planned by the contract are no calls.
            & (Domain("calls_unlimited", "=", True) | Domain("calls_included", ">", 0))
            & self._get_coverage_domain(covered)
        )

    @api.model
    def _get_coverage_domain(self, covered):
        """Named equipment is covered alone; else everything at the supply points is.

        A supply point is covered, perhaps in part, by what is named of its equipment.
        """
        if covered._name == "power.equipment":
            return Domain("contract_id.equipment_ids", "in", covered.ids) | (
                Domain("contract_id.equipment_ids", "=", False)
                & Domain("contract_id.supply_point_ids", "in", covered.supply_point_id.ids)
            )
        return (
            Domain("contract_id.supply_point_ids", "in", covered.ids)
            & Domain("contract_id.equipment_ids", "=", False)
        ) | Domain("contract_id.equipment_ids.supply_point_id", "in", covered.ids)

    def _get_only(self, covered):
        """Return the equipment covered of a supply point; none where all is."""
        self.ensure_one()
        named = self.equipment_ids
        if covered._name == "power.equipment":
            return named.browse()
        here = named.filtered(lambda item: item.supply_point_id in covered)
        return here if here != covered.sudo().equipment_ids else named.browse()

    @api.model
    def _prepare_entitlement(self, line, day):
        left = None
        if not line.calls_unlimited:
            left = max(line.calls_included - line._count_calls(day), 0)
        return Entitlement(
            covered=left is None or left > 0,
            contract=line.contract_id.with_user(self.env.user),
            line=line.with_user(self.env.user),
            until=line.date_end or None,
            left=left,
            response_hours=line.product_id.power_response_hours,
        )


class ContractLine(models.Model):
    _inherit = "contract.line"

    def _count_calls(self, day):
        """Calls taken in the contract year of ``day``; one called off does not count."""
        self.ensure_one()
        first, last = contract_calendar.period(self.date_start, 12, day)
        return len(
            self.visit_ids.filtered(
                lambda visit: (
                    visit.origin == "call"
                    and visit.state in ("planned", "done")
                    and first <= visit.date_due <= last
                )
            )
        )
