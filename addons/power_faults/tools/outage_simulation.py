"""A network with failures that are known, to see how often the grouping finds them.

Everything is drawn from one seed; nothing here knows the database.
"""

import dataclasses
import random
from collections.abc import Iterator

from .outage_grouping import Call, Node, Settings, group


@dataclasses.dataclass(frozen=True, slots=True)
class Storm:
    """Devices that failed within the same hour, and the calls they and bystanders made.

    ``failures`` gives for each device its minute and the number of its customers that call; a
    device below another that failed too is left out, as nobody could tell.
    """

    failures: dict[str, tuple[float, int]]
    calls: tuple[Call, ...]


@dataclasses.dataclass(slots=True)
class Score:
    """How well the proposals met the failures.

    A proposal is right when it names exactly the device that failed.
    """

    failures: int = 0
    callable_failures: int = 0
    proposals: int = 0
    right: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.proposals if self.proposals else 0.0

    @property
    def recall(self) -> float:
        """Of the failures of which enough customers called, how many were named."""
        return self.right / self.callable_failures if self.callable_failures else 0.0


def build_network(
    substations: int = 2, feeders: int = 8, switches: int = 3, transformers: int = 4, seed: int = 1
) -> tuple[dict[str, Node], dict[str, list[str]]]:
    """Return the devices and, for each transformer, its customers (8 to 60)."""
    draw = random.Random(seed)
    shape: dict[str, tuple[str | None, str]] = {}
    customers: dict[str, list[str]] = {}
    for s in range(substations):
        shape[f"S{s}"] = (None, "substation")
        for f in range(feeders):
            feeder = f"S{s}F{f}"
            shape[feeder] = (f"S{s}", "feeder")
            for w in range(switches):
                switch = f"{feeder}W{w}"
                shape[switch] = (feeder, "switch")
                for t in range(transformers):
                    name = f"{switch}T{t}"
                    shape[name] = (switch, "transformer")
                    customers[name] = [f"{name}C{c}" for c in range(draw.randint(8, 60))]
    below = dict.fromkeys(shape, 0)
    for name, people in customers.items():
        current: str | None = name
        while current:
            below[current] += len(people)
            current = shape[current][0]
    nodes = {name: Node(name, parent, kind, below[name]) for name, (parent, kind) in shape.items()}
    return nodes, customers


def simulate(
    nodes: dict[str, Node],
    customers: dict[str, list[str]],
    count: int,
    rules: Settings,
    at_once: int = 1,
    seed: int = 7,
) -> Iterator[Storm]:
    """Yield ``count`` storms of ``at_once`` failures, the devices drawn by the rates of their kind.

    A customer below calls with ``1 - silent_share``, after an exponential delay; so many false
    calls are mixed in, from anywhere in the network, that they are ``false_share`` of all.
    """
    draw = random.Random(seed)
    names = list(nodes)
    weights = [rules.rates[nodes[name].kind] for name in names]
    everybody = [(name, person) for name, people in customers.items() for person in people]
    for _index in range(count):
        drawn = set(draw.choices(names, weights, k=at_once))
        tops = [name for name in drawn if not _is_below(name, drawn - {name})]
        failures, calls = {}, []
        for device in sorted(tops):
            start = 0.0 if at_once == 1 else draw.uniform(0, 60)
            mine = [
                (transformer, start + draw.expovariate(1.0 / rules.delay_minutes), person)
                for transformer, people in customers.items()
                if _is_below(transformer, {device})
                for person in people
                if draw.random() >= rules.silent_share
            ]
            failures[device] = (start, len(mine))
            calls += mine
        expected = len(calls) * rules.false_share / (1.0 - rules.false_share)
        for _false in range(int(expected) + (draw.random() < expected % 1)):
            transformer, person = draw.choice(everybody)
            calls.append((transformer, draw.uniform(0, rules.window_minutes), person))
        calls.sort(key=lambda call: call[1])
        numbered = (Call(index, *call) for index, call in enumerate(calls))
        yield Storm(failures, tuple(numbered))


def _is_below(name: str, devices: set[str]) -> bool:
    """Say whether a device is one of these or hangs below one; names grow with depth."""
    return any(
        name == other or (name.startswith(other) and not name[len(other)].isdigit())
        for other in devices
    )


def judge(
    nodes: dict[str, Node], storm: Storm, rules: Settings, after: float, score: Score
) -> None:
    """Group the calls that had come ``after`` minutes from the last failure; add to the score."""
    now = max(start for start, _calls in storm.failures.values()) + after
    heard = [call for call in storm.calls if call.minute <= now]
    proposals = group(nodes, heard, now, rules)
    score.failures += len(storm.failures)
    score.callable_failures += sum(
        calls >= rules.least_calls for _start, calls in storm.failures.values()
    )
    score.proposals += len(proposals)
    score.right += len({str(item.node) for item in proposals} & storm.failures.keys())


def find_delay(nodes: dict[str, Node], storm: Storm, rules: Settings) -> float | None:
    """Return after how many minutes the device of a single failure is named for good."""
    (device,) = storm.failures
    named: float | None = None
    for index, call in enumerate(storm.calls):
        heard = storm.calls[: index + 1]
        devices = {proposal.node for proposal in group(nodes, heard, call.minute, rules)}
        if device not in devices:
            named = None
        elif named is None:
            named = call.minute
    return named
