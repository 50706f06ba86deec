"""Draw what ``python -m benchmarks --json docs/benchmarks.json everyday growth`` has measured, light and dark."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

DOCS = Path(__file__).parent.parent / "docs"

SIDES = {
    "theirs": ("pg_chameleon", "o"),
    "ours": ("chameleon-migrations", "s"),
    "floor": ("written by hand", "^"),
}
"""What is measured, by its name in the file: what it is called, and its mark."""

STYLES = {
    "light": ("default", {"theirs": "#b3541e", "ours": "#1f6feb", "floor": "#57606a"}),
    "dark": ("dark_background", {"theirs": "#f0883e", "ours": "#58a6ff", "floor": "#8b949e"}),
}
"""The file's name to matplotlib's style and the colours of the sides."""


def main() -> None:
    """Write ``docs/images/benchmarks-light.svg`` and ``-dark.svg``."""
    found = json.loads((DOCS / "benchmarks.json").read_text())
    # The same figures make the same file.
    mpl.rcParams.update({"svg.hashsalt": "benchmarks", "svg.fonttype": "none"})
    for name, (style, colours) in STYLES.items():
        with plt.style.context(style):
            figure, (loads, growth) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
            _loads(loads, found["everyday"], colours)
            _growth(growth, found["growth"], colours)
            figure.suptitle(found["machine"], fontsize="small")
            path = DOCS / "images" / f"benchmarks-{name}.svg"
            figure.savefig(path, transparent=True, metadata={"Date": None})
            plt.close(figure)


def _loads(axes: Axes, loads: list[dict[str, Any]], colours: dict[str, str]) -> None:
    """Draw the seconds of each load, a row for each."""
    names = [load["load"] for load in loads]
    for side, (label, mark) in SIDES.items():
        measured = [(median(load[side]), row) for row, load in enumerate(loads) if load[side]]
        axes.plot(*zip(*measured, strict=True), mark, color=colours[side], label=label)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel(f"seconds for {loads[0]['events']:,} pending events")
    axes.grid(visible=True, axis="x", alpha=0.3)


def _growth(axes: Axes, loads: list[dict[str, Any]], colours: dict[str, str]) -> None:
    """Draw the seconds by the number of events."""
    for side, (label, mark) in SIDES.items():
        points = [(load["events"], median(load[side])) for load in loads]
        axes.plot(*zip(*points, strict=True), f"{mark}-", color=colours[side], label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("pending events of one table, five for each key")
    axes.set_ylabel("seconds")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()


if __name__ == "__main__":
    main()
