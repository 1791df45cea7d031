"""What comes out of a rating: charges with their formula."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from .amounts import EXACT, ZERO
from .determinants import Component, Determinants, Version
from .timeline import Periods, Stretch


class Charge(NamedTuple):
    """One line of a bill: quantity × price, rounded by itself; ``share`` names whose energy."""

    version: Any
    component: Any
    kind: str
    name: str
    unit: str
    date_from: date
    date_to: date
    quantity: Decimal
    price: Decimal
    amount: Decimal
    step: str
    period: str | None = None
    tier: int | None = None
    share: Any = None
    pf_base: bool = False

    def as_dict(self) -> dict[str, Any]:
        result = {
            "version": self.version,
            "component": self.component,
            "kind": self.kind,
            "name": self.name,
            "unit": self.unit,
            "date_from": self.date_from.isoformat(),
            "date_to": self.date_to.isoformat(),
            "quantity": str(self.quantity),
            "price": str(self.price),
            "amount": str(self.amount),
            "step": self.step,
        }
        if self.period is not None:
            result["period"] = self.period
        if self.tier is not None:
            result["tier"] = self.tier
        if self.share is not None:
            result["share"] = self.share
        return result


@dataclass(eq=False, slots=True)
class Part:
    """The stretches of a bill (or of a share of it) that are charged together."""

    version: Version
    year: int
    pf_standard: Decimal | None
    share: Any = None
    stretches: list[Stretch] = field(default_factory=list)
    active: Periods = field(default_factory=dict)
    export: Periods = field(default_factory=dict)
    cells: dict[tuple[str | None, int | None], Decimal] = field(default_factory=dict)
    date_from: date | None = None
    date_to: date | None = None
    service_days: int = 0
    service_from: date | None = None
    service_to: date | None = None

    @property
    def kwh(self) -> Decimal:
        return sum(self.active.values(), ZERO)

    def take(self, stretch: Stretch) -> None:
        self.stretches.append(stretch)
        self.service_days += stretch.service_days
        for first, last in (("date_from", "date_to"), ("service_from", "service_to")):
            start, end = getattr(stretch, first), getattr(stretch, last)
            if start is not None:
                setattr(self, first, min(start, getattr(self, first) or start))
                setattr(self, last, max(end, getattr(self, last) or end))

    def charge(
        self,
        component: Component,
        *,
        quantity: Decimal,
        price: Decimal,
        amount: Decimal,
        step: str,
        period: str | None = None,
        tier: int | None = None,
        by_day: bool = False,
    ) -> Charge:
        """Make a charge of a component for the days of the energy.

        :param by_day: it runs by the day: for the days of service
        """
        return Charge(
            self.version.key,
            component.key,
            component.kind,
            component.name,
            component.unit,
            self.service_from if by_day else self.date_from,
            self.service_to if by_day else self.date_to,
            quantity,
            price,
            amount,
            step,
            period,
            tier,
            self.share,
            component.pf_base,
        )


@dataclass(eq=False, slots=True)
class Context:
    """What a charge may need to know of its bill beside its own part.

    ``metered_kwh`` is without losses; ``parts`` are those of the same energy (main or share);
    ``months`` those of the period, where a shorter one counts as the month that it bills.
    """

    determinants: Determinants
    parts: list[Part]
    metered_kwh: Decimal
    months: Decimal

    def months_share(self, part: Part) -> Decimal:
        """Months for which a part is in service, by the days of the period."""
        return self.months * part.service_days / self.determinants.period_days


@dataclass
class Rating:
    """The result: ``kwh`` with losses, charges in order, readable steps, and what was found."""

    kwh: Decimal
    charges: list[Charge] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    metered_kwh: Decimal = ZERO
    loss_kwh: Decimal = ZERO
    kvarh: Decimal = ZERO
    export_kwh: Decimal = ZERO
    periods: dict[str, Decimal] = field(default_factory=dict)
    years: dict[int, Decimal] = field(default_factory=dict)
    demand_kw: Decimal | None = None
    pf: Decimal | None = None

    @property
    def total(self) -> Decimal:
        with localcontext(EXACT):
            return sum((charge.amount for charge in self.charges), ZERO)
