"""Jobs side by side: as many at once as there are cores, one after another in the order given."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from . import console, process

_PAUSE = 0.2


@dataclass
class Job:
    """Something a child process does.

    :param start: starts it; what must be undone after its end goes on the stack.
    :param judge: its exit code in, (tests, failures) out.
    :param after: the job that must have ended before.
    """

    title: str
    kind: str
    start: Callable[[contextlib.ExitStack], subprocess.Popen]
    judge: Callable[[int], tuple[int, int]]
    after: "Job | None" = None
    verdict: tuple[int, int] | None = None
    child: subprocess.Popen | None = field(default=None, repr=False)
    began: float = 0.0


def run(jobs: list[Job], places: int) -> None:
    """Run all jobs, at most so many at once; when it ends by an error, no child is left."""
    waiting = list(jobs)
    with contextlib.ExitStack() as children:
        running: list[tuple[Job, contextlib.ExitStack]] = []
        while waiting or running:
            for job in list(_startable(waiting, places - len(running))):
                waiting.remove(job)
                running.append((job, _start(job, children)))
            time.sleep(_PAUSE)
            for job, stack in list(running):
                if job.child.poll() is not None:
                    running.remove((job, stack))
                    _end(job, stack)


def _startable(waiting: list[Job], places: int) -> Iterator[Job]:
    for job in waiting:
        if places <= 0:
            return
        if job.after is None or job.after.verdict is not None:
            places -= 1
            yield job


def _start(job: Job, children: contextlib.ExitStack) -> contextlib.ExitStack:
    stack = children.enter_context(contextlib.ExitStack())
    job.began = time.monotonic()
    job.child = job.start(stack)
    stack.enter_context(process.ended_with_us(job.child))
    return stack


def _end(job: Job, stack: contextlib.ExitStack) -> None:
    job.verdict = job.judge(job.child.returncode)
    stack.close()
    tests, failed = job.verdict
    console.note(
        f"{job.title}: {tests} tests, {failed} failed, {time.monotonic() - job.began:.0f} s"
    )
