"""Commands of a pg_chameleon release, run in its own virtual environment with a home directory of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 120
"""How long one command may take."""

KILLED = -signal.SIGKILL
"""The status of a command that was killed."""

_INSIDE = Path(__file__).parent / "inside"


class ClientError(AssertionError):
    """A command of pg_chameleon failed; carries the end of what it printed."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment that holds a release, the home directory it runs with, and variables besides."""

    venv: Path
    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, program: str | Path, *arguments: str, answer: str = "", status: int = 0) -> str:
        """Run `program` (of the environment's ``bin``, or a path) to its end and return what it printed.

        Raises:
            ClientError: it did not end with `status`.
        """
        done = subprocess.run(
            self.command(program, arguments),
            env=self.environ(),
            input=answer,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode != status:
            raise ClientError(f"{program} {arguments} ended with {done.returncode}:\n{done.stdout[-4000:]}")
        return done.stdout

    @contextmanager
    def running(self, program: str, *arguments: str) -> Iterator[Running]:
        """Run `program` in the background; whatever of it still runs at the end is killed."""
        log = self.home / "background.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                self.command(program, arguments),
                env=self.environ(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Running(process, log)
        finally:
            _kill_all_of(process)

    def command(self, program: str | Path, arguments: Sequence[str]) -> list[str]:
        """Return what runs `program`, of the environment or a path, with `arguments`."""
        # In a deep checkout the scripts' first lines are too long for the kernel: name the interpreter.
        binaries = self.venv / "bin"
        return [str(binaries / "python"), str(binaries / program), *arguments]

    def environ(self) -> dict[str, str]:
        """Return the variables that it runs with."""
        ours = {"HOME": str(self.home), "TZ": "UTC", "PYTHONPATH": str(_INSIDE), "PYTHONWARNINGS": "ignore"}
        return {**os.environ, **ours, **self.variables}


@dataclass(frozen=True)
class Running:
    """A command in the background, and the file that its output goes to."""

    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raise `ClientError` where the command has ended by itself."""
        if self.process.poll() is not None:
            raise ClientError(f"it ended with {self.process.returncode}:\n{self.log.read_text()[-4000:]}")

    def interrupt(self) -> None:
        """Ask the command to stop, as Ctrl-C does, and wait until it has."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(SECONDS)


def _kill_all_of(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(SECONDS)
