"""How the verbs speak: steps with their time, and one clear sentence when something stops."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path


class Stop(Exception):
    """Something the user can mend. The text says what happened and what to do."""


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Print a line for a step before and after it, with the seconds it took."""
    print(f"• {title} …", flush=True)
    started = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - started:.1f} s", flush=True)


def note(text: str) -> None:
    print(f"  {text}", flush=True)


def run(
    command: Sequence[str | Path],
    what: str,
    *,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    log: Path | None = None,
) -> None:
    """Run a command quietly; where it fails, stop with `what` and the end of its output.

    :param what: one sentence: what failed and the remedy.
    :param log: a file that keeps the whole output.
    :raise Stop: the command ended with another code than 0.
    """
    done = subprocess.run(
        [str(part) for part in command],
        env=env,
        cwd=cwd,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout)
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-8:])
        raise Stop(f"{what}\n{tail}" + (f"\nThe whole output is in {log}." if log else ""))


def main(function) -> None:
    """Run a verb's `main`; a `Stop` becomes one sentence on stderr and exit code 1."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        sys.exit(function())
    except Stop as stop:
        print(f"\nStopped: {stop}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os._exit(1)


def _interrupt(signum, frame):
    raise KeyboardInterrupt
