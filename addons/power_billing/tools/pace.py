"""How much work to take at once, when nobody knows beforehand how long it takes."""

GROWTH = 5


class Pace:
    """Little at first, then as much as takes so long, no more than five times as much at once.

    >>> pace = Pace(first=200, seconds=20)
    >>> pace.choose(most=1000)
    200
    >>> pace.note(200, seconds=0.5)
    >>> pace.choose(most=1500)
    1000
    >>> pace.note(1000, seconds=80)
    >>> pace.choose(most=1500)
    250
    """

    def __init__(self, first: int, seconds: float):
        self._size = first
        self._seconds = seconds

    def choose(self, most: int) -> int:
        """Return how many pieces to take."""
        return min(most, self._size)

    def note(self, count: int, seconds: float) -> None:
        """Remember how long so many pieces took."""
        most = GROWTH * self._size
        possible = int(count * self._seconds / seconds) if seconds else most
        self._size = max(1, min(possible, most))
