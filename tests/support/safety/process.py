"""Alembic in a process of its own, to be killed."""

from __future__ import annotations

import multiprocessing
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.support.command import Alembic

# A process is forked from one that has imported alembic already: the time until it starts to work is short.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.support.safety.process"])


class Run:
    """A running ``alembic -x config=… ARGUMENTS``; what it writes goes to a file."""

    def __init__(self, process: BaseProcess, written: Path) -> None:
        self.process = process
        self._written = written

    def kill(self) -> None:
        """Kill it with SIGKILL, and wait for its end."""
        self.process.kill()
        self.process.join()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.is_alive()

    def end(self) -> tuple[int, str]:
        """Wait for its end, and return the exit status and what it wrote."""
        self.process.join(60)
        assert self.process.exitcode is not None, "it does not end"
        return self.process.exitcode, self._written.read_text() if self._written.exists() else ""


@contextmanager
def started(config: Path, *arguments: str) -> Iterator[Run]:
    """Start ``alembic -x config=CONFIG ARGUMENTS``; it is killed at the end if it still runs."""
    written = config.with_name(f"written-{uuid.uuid4()}")
    process = _CONTEXT.Process(target=_run, args=(config, written, arguments))
    process.start()
    run = Run(process, written)
    try:
        yield run
    finally:
        run.kill()


def _run(config: Path, written: Path, arguments: tuple[str, ...]) -> None:
    try:
        result = Alembic(config)(*arguments)
    except Exception:
        written.write_text(traceback.format_exc())
        raise
    written.write_text(result.output)
    raise SystemExit(result.status)
