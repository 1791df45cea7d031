"""A second thread for work in batches: PostgreSQL writes those of one while Python prepares those
of the other."""

import logging
import sys
import threading
from collections import deque
from typing import Self

_logger = logging.getLogger(__name__)

# How long to wait for batches that others have in hand.
WAIT_SECONDS = 0.2
# How long one of two threads that both compute goes on. Python's own 5 ms cost them a third of
# their time, for each finds the processor's caches filled by the other.
SWITCH_SECONDS = 0.05


class BatchHelper:
    """Does batches of a record in a transaction of its own, until the record changes its state or
    the ``with`` block ends.

    :param record: has ``state``, ``_process_next`` (how many were done, None when others have all
        that are left) and ``_checkpoint``
    :param wanted: False for nobody to help
    """

    def __init__(self, record, wanted: bool = True):
        self._record = record
        self._enough = threading.Event()
        self._done: deque[int] = deque()
        self._thread = threading.Thread(target=self._run, name="batches") if wanted else None

    def __enter__(self) -> Self:
        if self._thread:
            self._thread.dbname = self._record.env.cr.dbname
            self._interval = sys.getswitchinterval()
            sys.setswitchinterval(SWITCH_SECONDS)
            self._thread.start()
        return self

    def __exit__(self, *_error) -> None:
        if self._thread:
            self._enough.set()
            self._thread.join()
            sys.setswitchinterval(self._interval)

    def take_done(self) -> int:
        """Return how many were done since this was asked last."""
        done = 0
        while self._done:
            done += self._done.popleft()
        return done

    def _run(self) -> None:
        env = self._record.env
        try:
            with env.registry.cursor() as cr:
                self._work(self._record.with_env(env(cr=cr)))
        except Exception:  # who is helped meets it too, and fails with it
            _logger.warning("Nobody helps with the batches any more.", exc_info=True)

    def _work(self, record) -> None:
        state = record.state
        while record.state == state and not self._enough.is_set():
            done = record._process_next()
            record._checkpoint()
            self._done.append(done or 0)
            if done is None:
                self._enough.wait(WAIT_SECONDS)
