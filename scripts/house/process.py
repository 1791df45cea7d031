"""Child processes that never outlive us."""

import contextlib
import ctypes
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path


def follow(
    command: Sequence[str],
    environment: dict[str, str],
    log: Path,
    on_line: Callable[[str], None],
) -> int:
    """Run a command, keep its output in `log`, show each line to `on_line`; the exit code."""
    log.parent.mkdir(parents=True, exist_ok=True)
    child = start(
        command,
        environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    with ended_with_us(child), log.open("w") as kept:
        for line in child.stdout:
            kept.write(line)
            kept.flush()
            on_line(line)
        child.wait()
    return child.returncode


def start(command: Sequence[str], environment: dict[str, str], **options) -> subprocess.Popen:
    """Start a child that gets SIGTERM when this process dies, however that happens."""
    return subprocess.Popen(
        command,
        env=environment,
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - started before any thread
        **options,
    )


def _end_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").prctl(1, signal.SIGTERM)


@contextlib.contextmanager
def ended_with_us(child: subprocess.Popen) -> Iterator[None]:
    """Whatever happens inside, the child has ended afterwards."""
    try:
        yield
    finally:
        if child.poll() is None:
            child.terminate()
            killer = threading.Timer(20, child.kill)
            killer.start()
            with contextlib.suppress(KeyboardInterrupt):
                child.wait()
            killer.cancel()
