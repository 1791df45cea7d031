"""What a missed promise is worth: a first amount, more for each further stretch, up to a cap.

Amounts are ``Decimal`` in the currency of the customer's account.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class CreditRule:
    """``step_amount`` for each full ``step`` late; no ``step`` or ``cap``: none."""

    amount: Decimal
    step_amount: Decimal = ZERO
    step: timedelta = timedelta()
    cap: Decimal = ZERO


def credit(rule: CreditRule, late: timedelta) -> Decimal:
    """Return what a customer gets for a promise missed by ``late``.

    >>> rule = CreditRule(Decimal(75), Decimal(35), timedelta(hours=12), Decimal(300))
    >>> credit(rule, timedelta(hours=25))
    Decimal('145')
    """
    if late <= timedelta():
        return ZERO
    steps = late // rule.step if rule.step else 0
    total = rule.amount + steps * rule.step_amount
    return min(total, rule.cap) if rule.cap else total
