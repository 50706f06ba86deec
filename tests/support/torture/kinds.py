"""The kinds of trials that `make torture` repeats, and what they run on."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from random import Random

from sqlalchemy import URL

from devtools.clients.mariadb import running_mariadb
from devtools.server import create_owner, fresh_database, running_server
from tests.support.clients import journeys
from tests.support.clients.bed import Bed
from tests.support.clients.states import ALL_COPIED
from tests.support.mutated_config import many_files
from tests.support.psql import dumped
from tests.support.safety import company, disturbances
from tests.support.safety.errors import error_somewhere, templates
from tests.support.safety.moments import Moments
from tests.support.safety.own_server import OwnServer, own_server
from tests.support.safety.recorded_states import WAYS, States, built
from tests.support.torture.loop import Trial
from tests.support.torture.mutated_catalogue import MIGRATIONS


class Ground:
    """The servers and databases on which trials run, each made when it is first needed; what is left is on `stack`."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._moments: dict[tuple[str, str], Moments] = {}

    @cached_property
    def _server(self) -> URL:
        url = self._stack.enter_context(running_server(self._directory()))
        create_owner(url)
        return url

    @cached_property
    def _states(self) -> States:
        return self._stack.enter_context(built(self._server, self._directory()))

    @cached_property
    def _templates(self) -> dict[str, str]:
        return self._stack.enter_context(templates(self._states, self._directory()))

    @cached_property
    def _own(self) -> tuple[OwnServer, States]:
        own = self._stack.enter_context(own_server(self._directory()))
        return own, self._stack.enter_context(built(own.url, self._directory()))

    def _directory(self) -> Path:
        made = tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True)
        return Path(self._stack.enter_context(made))

    def _random_way(self, states: States, random: Random) -> Moments:
        key = (states.server.render_as_string(), random.choice([*WAYS]))
        if key not in self._moments:
            self._moments[key] = Moments(states, self._directory(), key[1])
        return self._moments[key]

    def _disturb(self, directory: Path, random: Random, by: disturbances.Disturbance) -> str | None:
        moments = self._random_way(self._states, random)
        left = disturbances.disturb(self._states, directory, by, moments, random)
        return left and f"{moments.command} left {left}"

    def kill(self, directory: Path, random: Random) -> str | None:
        """Kill the client."""
        return self._disturb(directory, random, disturbances.kill_client)

    def session(self, directory: Path, random: Random) -> str | None:
        """Terminate the sessions of the client."""
        return self._disturb(directory, random, disturbances.end_session)

    def shutdown(self, directory: Path, random: Random) -> str | None:
        """Stop the server at once."""
        own, states = self._own
        own.start()
        moments = self._random_way(states, random)
        left = disturbances.stop_server(own, states, directory, moments, random)
        return left and f"{moments.command} left {left}"

    def error(self, directory: Path, random: Random) -> str | None:
        """Put an error after a statement."""
        return error_somewhere(self._states, self._templates, directory, random)

    def two(self, directory: Path, random: Random) -> str:
        """Upgrade twice at once."""
        return company.two_at_once(self._states, directory, random)

    def writer(self, directory: Path, random: Random) -> str:
        """Upgrade while a client reads."""
        return f"left {company.upgrade_with_writer(self._states, directory, random)}"

    def catalogue(self, directory: Path, random: Random) -> str:
        """Upgrade or downgrade a catalogue with random mistakes."""
        return MIGRATIONS[random.choice([*MIGRATIONS])](self._states, directory, random)

    def config(self, directory: Path, random: Random) -> Counter[str]:
        """Read a hundred configuration files with random mistakes."""
        return many_files(directory, random)

    def client(self, directory: Path, random: Random) -> str:
        """Let the real clients replicate before and after."""
        with (
            running_mariadb(directory / "mysql") as mysql,
            fresh_database(self._server, prefix="db_replica_") as database,
            dumped(database, directory),
        ):
            bed = Bed.at(directory, mysql, database, random.randrange(2**31))
            if random.randrange(2):
                journeys.there_and_back(bed)
                return "there, back, and there again"
            journeys.forward(bed, random.choice(ALL_COPIED))
            return "there"


def kinds(ground: Ground) -> dict[str, Trial]:
    """Return the trials on `ground` by the name of their kind."""
    return {
        "kill": ground.kill,
        "session": ground.session,
        "shutdown": ground.shutdown,
        "error": ground.error,
        "two": ground.two,
        "writer": ground.writer,
        "catalogue": ground.catalogue,
        "config": ground.config,
        "client": ground.client,
    }
