"""Which device failed, judging by who called: a tree, the calls, and the customers who are silent.

The network is a tree. A device that fails takes everybody below it off. Of those, a share never
calls and the others call after a delay; a few calls come from people whose own fuse has blown. For
every device the kernel weighs "this one failed" against "only some of what hangs below failed, or
nothing did", from the leaves up, and so gets the most probable set of failed devices of all sets,
and the exact probability of each device, in time linear in the size of the tree that was touched.

Trees that hang together at no device, as those of two substations, have nothing in common but how
often people call without an outage. Where that is counted over all calls, a tree weighed by itself
gives what it gives among the others.

Times are minutes on any common clock, probabilities lie between 0 and 1. Nothing here knows the
database.
"""

import dataclasses
import math
from bisect import bisect_right
from collections.abc import Container, Hashable, Iterable, Mapping
from itertools import accumulate

# So many of the first calls may be false ones from before the failure.
_STARTS = 25

NodeId = Hashable
CallId = Hashable


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """A device: what feeds it, its kind, and how many customers hang below it, all levels."""

    id: NodeId
    parent: NodeId | None
    kind: str
    customers: int


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A report. ``customer`` makes two calls of one customer one; ``node`` feeds the customer."""

    id: CallId
    node: NodeId
    minute: float
    customer: Hashable | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What is assumed, all to be set by the utility.

    :param silent_share: of the customers off, how many never call
    :param false_share: of the calls, how many do not come from an outage of the network
    :param delay_minutes: mean time from the failure to a call
    :param window_minutes: older calls do not count
    :param rates: failures a year of one device by kind
    :param least_calls: fewer callers never make an outage
    :param least_probability: below this nothing is proposed
    """

    silent_share: float = 0.3
    false_share: float = 0.05
    delay_minutes: float = 15.0
    window_minutes: float = 120.0
    rates: Mapping[str, float] = dataclasses.field(
        default_factory=lambda: {
            "substation": 0.02,
            "feeder": 1.0,
            "switch": 0.3,
            "transformer": 0.1,
        }
    )
    least_calls: int = 2
    least_probability: float = 0.5


@dataclasses.dataclass(frozen=True, slots=True)
class Proposal:
    """A device that probably failed, since when at the latest, and the calls that say so."""

    node: NodeId
    probability: float
    calls: tuple[CallId, ...]
    first_minute: float
    silent: int


def _log_sum(left: float, right: float) -> float:
    high, low = max(left, right), min(left, right)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def _silent_shares(share: float) -> tuple[tuple[float, float], ...]:
    """Return the shares that keep silent and how probable each is."""
    more = [other for other in (0.6, 0.85, 0.95, 0.99) if other > share]
    return ((share, 1.0 - 0.1 * len(more)), *((other, 0.1) for other in more))


@dataclasses.dataclass(slots=True)
class _Part:
    """Sums of one device and all below it."""

    calls: list[Call] = dataclasses.field(default_factory=list)
    children: list[NodeId] = dataclasses.field(default_factory=list)
    own: int = 0
    failed: float = -math.inf
    spared: float = 0.0
    total: float = 0.0
    best: float = 0.0
    fails: bool = False


class _Grouping:
    def __init__(
        self, nodes: Mapping[NodeId, Node], calls: Iterable[Call], now: float, rules: Settings
    ):
        self.nodes = nodes
        self.now = now
        self.rules = rules
        self.calls = self._select_calls(calls)
        self.parts: dict[NodeId, _Part] = {}
        self.roots: list[NodeId] = []
        # log density, a minute, of a call from a customer whose supply is sound
        self.false_call = math.log(self._false_call_rate())

    def _select_calls(self, calls: Iterable[Call]) -> list[Call]:
        """Return the first call of each customer within the window, of devices that are known."""
        first: dict[Hashable, Call] = {}
        for call in sorted(calls, key=lambda call: call.minute):
            age = self.now - call.minute
            if call.node in self.nodes and 0 <= age <= self.rules.window_minutes:
                key = call.id if call.customer is None else ("customer", call.customer)
                first.setdefault(key, call)
        return list(first.values())

    def _false_call_rate(self) -> float:
        """Calls a minute that a customer without an outage makes.

        Of the calls that came, the share ``false_share`` is spread evenly over all customers that
        could have called and over the window.
        """
        tops = [node for node in self.nodes.values() if node.parent not in self.nodes]
        customers = max(sum(node.customers for node in tops), len(self.calls), 1)
        expected = max(self.rules.false_share * len(self.calls), 0.01)
        return expected / (customers * self.rules.window_minutes)

    def run(self, roots: Container[NodeId] | None = None) -> list[Proposal]:
        if not self.calls:
            return []
        self._grow(roots)
        for node_id in self._bottom_up():
            self._weigh(node_id)
        proposals: list[Proposal] = []
        for root in self.roots:
            self._collect(root, 0.0, proposals)
        return sorted(proposals, key=lambda proposal: (-proposal.probability, str(proposal.node)))

    def _grow(self, roots: Container[NodeId] | None) -> None:
        """Take up the devices above each call; what nobody called from stays out."""
        lines: dict[NodeId, list[NodeId]] = {}
        for call in self.calls:
            line = lines.get(call.node)
            if line is None:
                line = lines[call.node] = _find_line(self.nodes, call.node)
            if roots is not None and line[-1] not in roots:
                continue
            if call.node not in self.parts:
                self._take_up(line)
            self.parts[call.node].own += 1
            for node_id in line:
                # in the order in which they came
                self.parts[node_id].calls.append(call)

    def _take_up(self, line: list[NodeId]) -> None:
        child = None
        for node_id in line:
            seen = node_id in self.parts
            part = self.parts.setdefault(node_id, _Part())
            if child is not None:
                part.children.append(child)
            if seen:
                return
            child = node_id
        self.roots.append(line[-1])

    def _bottom_up(self) -> list[NodeId]:
        order: list[NodeId] = []
        stack = list(self.roots)
        while stack:
            node_id = stack.pop()
            order.append(node_id)
            stack.extend(self.parts[node_id].children)
        return order[::-1]

    def _weigh(self, node_id: NodeId) -> None:
        part = self.parts[node_id]
        node = self.nodes[node_id]
        rate = self.rules.rates.get(node.kind, 0.1)
        prior = min(rate * self.rules.window_minutes / (365.0 * 24 * 60), 0.5)
        below = [self.parts[child] for child in part.children]
        part.failed = math.log(prior) + self._likelihood(node, part.calls)
        alone = math.log1p(-prior) + part.own * self.false_call
        part.spared = alone + sum(child.total for child in below)
        part.total = _log_sum(part.failed, part.spared)
        best_spared = alone + sum(child.best for child in below)
        part.fails = part.failed > best_spared
        part.best = max(part.failed, best_spared)

    def _likelihood(self, node: Node, calls: list[Call]) -> float:
        """Return the log likelihood of these calls, and of the silence of the others, if the
        device failed.

        When it failed is not known: the moment of the call that explains most is taken, and calls
        before it count as false. How many keep silent differs from outage to outage: the share
        that is set weighs most, higher ones are allowed for.
        """
        start, early = self._find_start(calls)
        delays = [(call.minute - start) / self.rules.delay_minutes for call in calls[early:]]
        sums = list(accumulate(delays, initial=0.0))
        gone = math.exp(-(self.now - start) / self.rules.delay_minutes)
        silent = max(node.customers - len(delays), 0)
        total = -math.inf
        for share, weight in _silent_shares(self.rules.silent_share):
            density = math.log((1.0 - share) / self.rules.delay_minutes)
            # those who call so late that it is likelier to be for another reason
            soon = bisect_right(delays, density - self.false_call)
            called = soon * density - sums[soon] + (len(delays) - soon) * self.false_call
            not_yet = math.log(max(share + (1.0 - share) * gone, 1e-12))
            total = _log_sum(total, math.log(weight) + called + silent * not_yet)
        return total + early * self.false_call

    def _find_start(self, calls: list[Call]) -> tuple[float, int]:
        """Return the most likely moment of the failure and how many calls came before it."""
        density = math.log((1.0 - self.rules.silent_share) / self.rules.delay_minutes)
        later = sum(call.minute for call in calls)
        best, found = -math.inf, (calls[0].minute, 0)
        for early, call in enumerate(calls[:_STARTS]):
            number = len(calls) - early
            late = (later - number * call.minute) / self.rules.delay_minutes
            value = number * density - late + early * self.false_call
            if value > best:
                best, found = value, (call.minute, early)
            later -= call.minute
        return found

    def _collect(self, node_id: NodeId, above: float, proposals: list[Proposal]) -> None:
        """Walk the most probable set from the top; ``above``: log probability that nothing
        higher failed."""
        stack = [(node_id, above)]
        while stack:
            current, clear = stack.pop()
            part = self.parts[current]
            if part.fails:
                self._propose(current, math.exp(clear + part.failed - part.total), proposals)
                continue
            clear += part.spared - part.total
            stack.extend((child, clear) for child in part.children)

    def _propose(self, node_id: NodeId, probability: float, proposals: list[Proposal]) -> None:
        calls = self.parts[node_id].calls
        if len(calls) < self.rules.least_calls or probability < self.rules.least_probability:
            return
        proposals.append(
            Proposal(
                node=node_id,
                probability=probability,
                calls=tuple(call.id for call in calls),
                first_minute=calls[0].minute,
                silent=max(self.nodes[node_id].customers - len(calls), 0),
            )
        )


def _find_line(nodes: Mapping[NodeId, Node], node_id: NodeId) -> list[NodeId]:
    """Return a device and all above it, the top of its tree last."""
    line = [node_id]
    while (parent := nodes[line[-1]].parent) is not None and parent in nodes:
        line.append(parent)
    return line


def group(
    nodes: Mapping[NodeId, Node],
    calls: Iterable[Call],
    now: float,
    settings: Settings | None = None,
    roots: Container[NodeId] | None = None,
) -> list[Proposal]:
    """Return the outages that explain the calls best, the most probable first.

    :param nodes: every device above a call; parents that are missing end the tree there
    :param now: the minute of the decision
    :param roots: weigh the trees below these devices only, each with the result it has among all;
        ``calls`` and ``nodes`` are still those of all
    """
    return _Grouping(nodes, calls, now, settings or Settings()).run(roots)
