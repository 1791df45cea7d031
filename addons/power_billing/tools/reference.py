"""The payment reference of a bill: digits that a bank file carries and a machine can check.

ISO 7064 MOD 97-10 over a ten-digit number: it finds every single wrong digit and every swap of
two neighbours, so a mistyped reference never pays somebody else's bill.
"""

import re

LENGTH = 12
# Bills count from one; statements have the numbers from here on, so that neither takes the other's.
FIRST_STATEMENT = 9 * 10**9
_CANDIDATE = re.compile(r"(?<!\d)\d{4}[ -]?\d{4}[ -]?\d{4}(?!\d)")


def make_reference(number: int) -> str:
    """Return the twelve digits for a bill's number.

    >>> make_reference(1)
    '000000000195'
    """
    if not 0 < number < 10**10:
        raise ValueError("the number of a bill has at most ten digits")
    return f"{number:010d}{98 - number * 100 % 97:02d}"


def make_statement_reference(number: int) -> str:
    """Return the twelve digits for a statement's number.

    >>> make_statement_reference(1)
    '900000000150'
    """
    if not 0 < number < 10**9:
        raise ValueError("the number of a statement has at most nine digits")
    return make_reference(FIRST_STATEMENT + number)


def is_reference(text: str) -> bool:
    return len(text) == LENGTH and text.isascii() and text.isdigit() and int(text) % 97 == 1


def find_references(text: str) -> list[str]:
    """Return the valid references written anywhere in a bank line's text, in order, once each.

    >>> find_references("electricity 0000 0000 0195, thanks")
    ['000000000195']
    """
    found = (re.sub(r"[ -]", "", match) for match in _CANDIDATE.findall(text or ""))
    return list(dict.fromkeys(reference for reference in found if is_reference(reference)))
