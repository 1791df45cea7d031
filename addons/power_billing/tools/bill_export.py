"""A bill that proves itself: what it was made of, what came out, and a chain of hashes.

Whoever holds the file can rate it again with nothing but Python (``scripts/replay``). The hash is
SHA-256 over canonical JSON (sorted keys, no spaces, UTF-8) of everything but the hash itself;
``previous_hash`` names the bill issued before.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .rating import RatingError, rate

FORMAT = "power-bill/1"
ROUNDING = "kWh to 0.01, every charge to 0.01, half up; the total is the sum of the charges"
KEYS = frozenset(
    {
        "format",
        "bill",
        "determinants",
        "charges",
        "steps",
        "rounding",
        "previous_hash",
        "hash",
    }
)


@dataclass
class Verdict:
    """What a verification found; ``total`` is what the kernel makes of the determinants."""

    total: Decimal | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.problems


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the one way to write a document, without its hash."""
    content = {key: value for key, value in document.items() if key != "hash"}
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def digest(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(document)).hexdigest()


def build(
    bill: Mapping[str, Any], determinants: Mapping[str, Any], previous_hash: str | None = None
) -> dict[str, Any]:
    """Rate determinants and return the export.

    :param bill: what names the bill: ``number``, ``supply_point``, ``period_from``, ``period_to``,
        ``currency`` …, JSON values; ``total`` is added as text
    :param determinants: plain data as kept with the bill
    :param previous_hash: hash of the bill issued before, None for the first
    :raises RatingError: when the determinants cannot be rated
    """
    rating = rate(determinants)
    named = {**bill, "total": str(rating.total)}
    return assemble(named, determinants, rating.steps, previous_hash)


def assemble(
    bill: Mapping[str, Any],
    determinants: Mapping[str, Any],
    steps: list[dict[str, Any]],
    previous_hash: str | None = None,
) -> dict[str, Any]:
    """Return the export of a bill as it was issued, without rating it again.

    :param bill: see ``build``, with ``total`` as it was billed
    :param steps: the steps kept with the bill; its charges are among them
    """
    document = {
        "format": FORMAT,
        "bill": dict(bill),
        "determinants": dict(determinants),
        "charges": [
            {key: value for key, value in step.items() if key != "type"}
            for step in steps
            if step["type"] == "charge"
        ],
        "steps": steps,
        "rounding": ROUNDING,
        "previous_hash": previous_hash,
    }
    # What is exported is what is read back: JSON knows no tuples.
    document = json.loads(canonical(document))
    return {**document, "hash": digest(document)}


def verify(document: Any, previous: Mapping[str, Any] | None = None) -> Verdict:
    """Rate an export again and compare everything it says.

    :param previous: the export that should stand before it in the chain
    """
    verdict = Verdict()
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        verdict.problems.append(f"This is no {FORMAT} document.")
        return verdict
    missing = sorted(KEYS - document.keys())
    if missing:
        verdict.problems.append(f"Missing: {', '.join(missing)}.")
        return verdict
    if not isinstance(document["charges"], list):
        verdict.problems.append("The charges are no list.")
        return verdict
    unknown = sorted(document.keys() - KEYS)
    if unknown:
        verdict.problems.append(f"Unknown: {', '.join(unknown)}.")
    if digest(document) != document["hash"]:
        verdict.problems.append("The hash does not fit: something was changed after the export.")
    if previous is not None and document["previous_hash"] != previous.get("hash"):
        verdict.problems.append("The bill before is another one than the chain names.")
    try:
        rating = rate(document["determinants"])
    except RatingError as error:
        verdict.problems.append(f"The determinants cannot be rated: {error}.")
        return verdict
    verdict.total = rating.total
    charges = [charge.as_dict() for charge in rating.charges]
    verdict.problems += _differences(charges, document["charges"])
    if not verdict.problems and json.loads(json.dumps(rating.steps)) != document["steps"]:
        verdict.problems.append("The steps differ from those of the kernel.")
    stated = document["bill"].get("total") if isinstance(document["bill"], Mapping) else None
    if stated != str(rating.total):
        verdict.problems.append(f"The bill says {stated}, the kernel makes it {rating.total}.")
    return verdict


def _differences(made: list[dict[str, Any]], stated: list[dict[str, Any]]) -> Iterator[str]:
    """Name every charge that is not the kernel's."""
    made = json.loads(json.dumps(made))
    for number, (mine, theirs) in enumerate(zip(made, stated, strict=False), 1):
        if mine != theirs:
            yield (
                f"Charge {number} ({mine['name']}): {_step(theirs)}; "
                f"the kernel makes it {mine['step']}."
            )
    if len(made) != len(stated):
        yield f"There are {len(stated)} charges, the kernel makes {len(made)}."


def _step(charge: Any) -> Any:
    return charge.get("step") if isinstance(charge, Mapping) else charge
