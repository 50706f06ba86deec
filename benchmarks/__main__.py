"""Measure, and print tables of it in Markdown: ``python -m benchmarks [--runs N] [PART ...]``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from benchmarks import upgrade, verification
from benchmarks.loads import EVERYDAY, GROWTH, LOADS, SMALL, Load
from benchmarks.replay import CONTESTS, Contest, Times, UnequalError, measure
from devtools.server import create_owner, running_server


def main() -> None:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=3, help="runs of each side, of which the median counts (3)"
    )
    parser.add_argument(
        "parts", nargs="*", choices=[[], *PARTS], metavar="PART", help=f"{', '.join(PARTS)} (all)"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="keep the seconds of each run, for the plot"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, running_server(Path(directory) / "postgres") as server:
        create_owner(server)
        _say(
            _machine(server),
            f"Medians of {arguments.runs} runs. The results of both sides were compared and equal.\n",
        )
        for part in arguments.parts or PARTS:
            PARTS[part](server, arguments.runs)
            if arguments.json:
                arguments.json.write_text(json.dumps(_KEPT, indent=1) + "\n")


def _upgrade_replay(server: URL, runs: int) -> None:
    _say("## Pending events before the upgrade", "")
    _replay(server, CONTESTS["upgrade"], LOADS, runs)


def _daily_replay(server: URL, runs: int) -> None:
    _say("## `fn_replay_mysql`", "")
    _replay(server, CONTESTS["daily"], LOADS, runs)


def _small_batches(server: URL, runs: int) -> None:
    _say("## `fn_replay_mysql`, batches of a replica that keeps up", "")
    _replay(server, CONTESTS["daily"], SMALL, runs)


def _replay(server: URL, contest: Contest, loads: Iterable[Load], runs: int) -> None:
    _header(
        "load",
        "events",
        "tables",
        "events a batch",
        f"`{contest.name}` of pg_chameleon",
        "ours",
        "µs an event",
        "faster",
    )
    for load in loads:
        times = measure(server, contest, load, runs)
        each = median(times.ours) / load.events * 1_000_000
        _row(
            load.name,
            f"{load.events:,}",
            f"{load.tables:,}",
            f"{min(load.batch, load.events):,}",
            f"{median(times.theirs):.2f} s",
            f"{median(times.ours):.2f} s",
            f"{each:.1f}",
            f"**{times.ratio:.1f}x**",
        )


_KEPT: dict[str, Any] = {}
"""What ``--json`` keeps: a part's name to its loads, each with the seconds of each run."""


def _everyday(server: URL, runs: int) -> None:
    _say("## Everyday logs before the upgrade, beside a statement written by hand", "")
    _beside_floor(server, "everyday", EVERYDAY, runs)


def _growth(server: URL, runs: int) -> None:
    _say("## The same log, longer and longer, before the upgrade", "")
    _beside_floor(server, "growth", GROWTH, runs)


def _keep(part: str, server: URL, load: Load, times: Times) -> None:
    _KEPT["machine"] = _machine(server)
    _KEPT.setdefault(part, []).append({"load": load.name, "events": load.events, **asdict(times)})


def _beside_floor(server: URL, part: str, loads: Iterable[Load], runs: int) -> None:
    _header("load", "events", "`fn_process_batch`", "ours", "by hand", "faster", "ours / by hand")
    for load in loads:
        times = measure(server, CONTESTS["upgrade"], load, runs, by_hand=load.floor)
        _keep(part, server, load, times)
        floor = median(times.floor) if load.floor else None
        _row(
            load.name,
            f"{load.events:,}",
            f"{median(times.theirs):.2f} s",
            f"{median(times.ours):.2f} s",
            f"{floor:.2f} s" if floor else "-",
            f"**{times.ratio:.1f}x**",
            f"**{median(times.ours) / floor:.1f}**" if floor else "in order",
        )


def _catalogue(server: URL, runs: int) -> None:
    _say("## The catalogue while it is upgraded from 1.7 to 2.0.10", "")
    _header(
        "catalogue",
        "unusable, pg_chameleon",
        "ours",
        "shorter",
        "memory, pg_chameleon",
        "ours",
        "less",
        "whole upgrade, ours",
    )
    with tempfile.TemporaryDirectory() as directory:
        for load in upgrade.UPGRADES:
            with upgrade.catalogue(server, load) as template:
                done = [
                    (
                        upgrade.theirs(server, template, Path(directory) / f"{load.name} {run}"),
                        upgrade.ours(server, template, Path(directory)),
                    )
                    for run in range(runs)
                ]
            for theirs, ours in done:
                if theirs.state != ours.state:
                    raise UnequalError(
                        f"{load}: {theirs.state} and {ours.state}: {theirs.said} and {ours.said}"
                    )
            unusable = [median(side.unusable for side in sides) for sides in zip(*done, strict=True)]
            memory = [median(side.megabytes for side in sides) for sides in zip(*done, strict=True)]
            _row(
                load.name,
                *(f"{seconds:.2f} s" for seconds in unusable),
                f"**{unusable[0] / unusable[1]:.1f}x**",
                *(f"{megabytes:.0f} MiB" for megabytes in memory),
                f"**{memory[0] / memory[1]:.1f}x**",
                f"{median(ours.seconds for _, ours in done):.1f} s",
            )


def _verification(server: URL, runs: int) -> None:
    _say("## `verify`, beside a plain SELECT of both sides", "")
    _header("key of the table", "rows", "plain SELECT", "`verify`", "`verify` / plain", "rows/s", "memory")
    with verification.replica(server) as made:
        for table in verification.TABLES:
            done = [verification.measure(made, table) for _ in range(runs)]
            plain, seconds, memory = (
                median(getattr(run, name) for run in done) for name in ("plain", "seconds", "megabytes")
            )
            _row(
                table.name,
                f"{verification.ROWS:,}",
                f"{plain:.1f} s",
                f"{seconds:.1f} s",
                f"**{seconds / plain:.1f}**",
                f"{verification.ROWS / seconds:,.0f}",
                f"{memory:.0f} MiB",
            )


PARTS = {
    "upgrade-replay": _upgrade_replay,
    "everyday": _everyday,
    "growth": _growth,
    "daily-replay": _daily_replay,
    "small-batches": _small_batches,
    "catalogue": _catalogue,
    "verify": _verification,
}


def _machine(server: URL) -> str:
    with create_engine(server, poolclass=NullPool).connect() as connection:
        version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    return (
        f"{datetime.now(timezone.utc):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, PostgreSQL {version},"
        f" Python {platform.python_version()}."
    )


def _header(*titles: str) -> None:
    _row(*titles)
    _row("---", *("---:" for _ in titles[1:]))


def _row(*cells: str) -> None:
    _say(f"| {' | '.join(cells)} |")


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


if __name__ == "__main__":
    main()
