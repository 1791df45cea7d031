"""Losses of the customer's own transformer and line, where the meter stands behind them (高供低计).

They are added to what was metered before the energy is cut into tiers and shares, and before the
power factor. kWh and kvarh of losses are rounded to whole ones unless the facts say otherwise.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .amounts import ZERO, plain, split_energy
from .determinants import DAY, Determinants, Fact, Loss
from .timeline import Stretch

HUNDRED = Decimal(100)


def formula_losses(
    loss: Loss, active: Decimal, reactive: Decimal, hours: Decimal
) -> tuple[Decimal, Decimal]:
    """Return kWh and kvarh lost in a transformer that was energised for ``hours``.

    kWh   = P0·t + K·Pk·(Wp² + Wq²) ÷ (Se²·t)
    kvarh = I0%·Se·t ÷ 100 + K·Uk%·(Wp² + Wq²) ÷ (100·Se·t)
    """
    if not hours:
        return Decimal(0), Decimal(0)
    square = loss.shape * (active * active + reactive * reactive)
    kva = loss.rated_kva
    kwh = loss.no_load_kw * hours + loss.load_loss_kw * square / (kva * kva * hours)
    kvarh = loss.no_load_current_pct * kva * hours / HUNDRED + loss.impedance_pct * square / (
        HUNDRED * kva * hours
    )
    return kwh, kvarh


def add_losses(
    determinants: Determinants, stretches: Sequence[Stretch], steps: list[dict[str, Any]]
) -> None:
    """Add the losses of every set of facts that has some to its stretches."""
    groups: dict[int, list[Stretch]] = {}
    for stretch in stretches:
        if stretch.fact.loss is not None:
            groups.setdefault(id(stretch.fact), []).append(stretch)
    for group in groups.values():
        _add(determinants, group[0].fact, group, steps)


def _add(
    determinants: Determinants,
    fact: Fact,
    stretches: Sequence[Stretch],
    steps: list[dict[str, Any]],
) -> None:
    loss = fact.loss
    active = sum((stretch.kwh for stretch in stretches), ZERO)
    reactive = sum((stretch.reactive for stretch in stretches), ZERO)
    months, how = _energised_months(determinants, fact, stretches)
    kwh, kvarh, text = _transformer(loss, active, reactive, months, how)
    parts = [("transformer", _round(loss, kwh), _round(loss, kvarh), text)]
    if loss.line_pct:
        base = active + parts[0][1]
        line = _round(loss, base * loss.line_pct / HUNDRED)
        parts.append(
            (
                "line",
                line,
                ZERO,
                f"{plain(base)} kWh × {plain(loss.line_pct)} % = {plain(line)} kWh",
            )
        )
    tou = any(period is not None for stretch in stretches for period in stretch.active)
    period = loss.period if tou else None
    for what, lost, lost_reactive, step in parts:
        spread = split_energy(lost, [stretch.service_days for stretch in stretches])
        for stretch, part in zip(stretches, spread, strict=True):
            stretch.active[period] = stretch.active.get(period, ZERO) + part
        stretches[-1].reactive += lost_reactive
        steps.append(
            {
                "type": "loss",
                "what": what,
                "method": loss.method,
                "period": period,
                "kwh": str(lost),
                "kvarh": str(lost_reactive),
                "step": step,
            }
        )


def _energised_months(
    determinants: Determinants, fact: Fact, stretches: Sequence[Stretch]
) -> tuple[Decimal, str]:
    """Return for how many months the transformer was energised, and how that is written.

    A whole period counts its months, days of a part count over the days of a month (30).
    """
    served = sum(stretch.service_days for stretch in stretches)
    days = sum(_energised_days(fact, stretch) for stretch in stretches)
    basic = stretches[-1].version.basic
    month_days = basic.month_days if basic else 30
    months = determinants.months
    if days == determinants.period_days and months >= 1:
        return months, "" if months == 1 else f" × {plain(months)}"
    if days == served and _supplied_throughout(determinants):
        return Decimal(days) / determinants.period_days, f" × {days}/{determinants.period_days}"
    return min(Decimal(days) / month_days, max(months, Decimal(1))), f" × {days}/{month_days}"


def _supplied_throughout(determinants: Determinants) -> bool:
    return (
        determinants.service_from <= determinants.period_from
        and determinants.service_to >= determinants.period_to
    )


def _energised_days(fact: Fact, stretch: Stretch) -> int:
    if fact.capacity_kva is None or not fact.suspensions:
        return stretch.service_days
    count, day = 0, stretch.service_from
    while day is not None and day <= stretch.service_to:
        sealed = sum((item.kva for item in fact.suspensions if item.covers(day)), Decimal(0))
        count += sealed < fact.capacity_kva
        day += DAY
    return count


def _transformer(
    loss: Loss, active: Decimal, reactive: Decimal, months: Decimal, how: str
) -> tuple[Decimal, Decimal, str]:
    """Return kWh, kvarh and the formula."""
    if loss.method == "formula":
        hours = loss.hours * months
        kwh, kvarh = formula_losses(loss, active, reactive, hours)
        square = f"({plain(active)}² + {plain(reactive)}²)"
        text = (
            f"{plain(loss.no_load_kw)} kW × {_short(hours)} h + {plain(loss.shape)}"
            f" × {plain(loss.load_loss_kw)} kW × {square}"
            f" / ({plain(loss.rated_kva)}² × {_short(hours)})"
        )
        return kwh, kvarh, f"{text} = {plain(_round(loss, kwh))} kWh"
    if loss.method == "table":
        row = next((row for row in loss.table if row.to_kwh is None or active <= row.to_kwh), None)
        row = row or loss.table[-1]
        kwh, kvarh = row.kwh * months, row.kvarh * months
        return kwh, kvarh, f"{plain(row.kwh)} kWh{how} = {plain(_round(loss, kwh))} kWh"
    iron, copper = loss.iron_kwh * months, active * loss.copper_pct / HUNDRED
    terms = []
    if loss.iron_kwh:
        terms.append(f"{plain(loss.iron_kwh)} kWh{how}")
    if loss.copper_pct:
        terms.append(f"{plain(active)} kWh × {plain(loss.copper_pct)} %")
    kwh = iron + copper
    return kwh, Decimal(0), f"{' + '.join(terms) or 0} = {plain(_round(loss, kwh))} kWh"


def _short(number: Decimal) -> str:
    return plain(number.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _round(loss: Loss, value: Decimal) -> Decimal:
    rounded = value.quantize(Decimal(1).scaleb(-min(loss.decimals, 2)), ROUND_HALF_UP)
    return rounded.quantize(ZERO)
