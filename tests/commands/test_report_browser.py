"""The page of ``chameleon-migrations report`` in a real browser: quiet, alone, and readable, light and dark, wide and narrow."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from sqlalchemy import URL

from chameleon_migrations import cli
from chameleon_migrations.verification.result import Lag, NotCompared, TableResult, Verification
from devtools import recorded
from devtools.config_file import write_config
from devtools.server import execute
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, OldTable, build
from tests.support.report_page import ODD, merged

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER) and os.environ.get("REQUIRE_CHROMIUM") != "1",
        reason="Chromium is not installed",
    ),
]

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

WIDE, NARROW = 1200, 420
PHONE = 360, 800

# The boxes of all text that is to be seen, each cut to the region that it scrolls in.
BOXES = """
const boxes = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, parent = node.parentElement;
  if (!node.data.trim() || !parent.checkVisibility() || parent.closest("svg")) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  const region = parent.closest(".scroll")?.getBoundingClientRect();
  const own = parent.closest(".axis span")?.getBoundingClientRect();
  // What is cut with an ellipsis has two boxes, with it and without.
  for (const box of [...range.getClientRects()].slice(0, own ? 1 : undefined)) {
    const left = Math.max(box.left, region?.left ?? -1e9), right = Math.min(box.right, region?.right ?? 1e9);
    const top = Math.max(box.top, region?.top ?? -1e9), bottom = Math.min(box.bottom, region?.bottom ?? 1e9);
    if (right > left && bottom > top)
      boxes.push([node.data.trim(), left, top, Math.min(right, own?.right ?? 1e9), bottom]);
  }
}
return boxes;
"""

# For each text, its colour and that of what is behind it.
COLOURS = """
const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode;
  if (!node.data.trim() || !node.parentElement.checkVisibility() || node.parentElement.closest("svg")) continue;
  let behind = node.parentElement;
  while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  found.push([node.data.trim(), getComputedStyle(node.parentElement).color, getComputedStyle(behind).backgroundColor]);
}
return found;
"""

# What lies to the right of the window, or can be scrolled sideways.
BEYOND = """
return [...document.querySelectorAll("body, body *")].filter(one =>
  one.checkVisibility() && (one.getBoundingClientRect().right > window.innerWidth + 0.5
    || (getComputedStyle(one).overflowX === "auto" && one.scrollWidth > one.clientWidth))
).map(one => one.outerHTML.slice(0, 200));
"""

# The names of binlog files that do not fit where they are.
CUT = """
return [...document.querySelectorAll(".axis span")].filter(one => one.scrollWidth > one.clientWidth).map(one => one.title);
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A headless Chromium with a profile of its own, which writes down what pages say and fetch."""
    assert CHROMIUM, "REQUIRE_CHROMIUM=1, and it is not installed"
    assert DRIVER, "REQUIRE_CHROMIUM=1, and its driver is not installed"
    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = Chrome(options, ChromeService(DRIVER))
    yield chrome
    chrome.quit()


def odd(database: URL, directory: Path) -> Path:
    """Return the configuration of a 1.7 catalogue with odd and long names."""
    build(database, ODD)
    return write_config(directory / "odd.yml", database, merged(ODD))


def many(database: URL, directory: Path) -> Path:
    """Return the configuration of eight old sources with a thousand tables, over forty binlog files."""
    sources = [
        OldSource(
            f"source_{number}",
            f"my_{number}",
            f"db_{number}",
            (f"mysql-bin.{number + 1:06}", 1000 * number + 100),
            tables=[
                OldTable(
                    f"table_{table}",
                    position=(f"mysql-bin.{table % 40 + 1:06}", 7000 * table + 5) if table % 3 else None,
                )
                for table in range(125)
            ],
        )
        for number in range(8)
    ]
    build(database, sources)
    return write_config(
        directory / "many.yml", database, {**merged(sources[:5], "mysql"), **merged(sources[5:], "other")}
    )


LONG = [
    OldSource(
        f"{number}_{'source' * 10}",
        f"{number}_{'MySQL' * 12}",
        f"{number}_{'destination' * 5}",
        (f"{'binlog' * 9}.00000{number + 1}", 4_294_967_000 // (number + 2)),
        tables=[
            OldTable(f"{table}_{'table' * 12}", position=position)
            for table, position in enumerate([None, None, (f"{'binlog' * 9}.000009", 2_147_483_000)])
        ],
    )
    for number in range(2)
]
"""Names as long as PostgreSQL has them, in which a line cannot be broken between words."""


def long(database: URL, directory: Path) -> Path:
    """Return the configuration of a 1.7 catalogue with long names, in a new source with a long name."""
    build(database, LONG)
    return write_config(directory / "long.yml", database, merged(LONG, "n" * 34))


def long_refused(database: URL, directory: Path) -> Path:
    """Return the configuration of such a catalogue, which maps one source to nothing."""
    build(database, LONG)
    return write_config(directory / "wrong.yml", database, merged(LONG[1:], "n" * 34))


def long_after(database: URL, directory: Path) -> Path:
    """Return the configuration of such a catalogue after the upgrade, with tables that 2.0 has disabled."""
    config = long(database, directory)
    Alembic(config).must("upgrade", "head")
    execute(database, "UPDATE sch_chameleon.t_replica_tables SET b_replica_enabled = false")
    return config


def refused(database: URL, directory: Path) -> Path:
    """Return the configuration of a catalogue that it does not fit."""
    build(database, ODD)
    return write_config(directory / "wrong.yml", database, merged(ODD[1:]))


def after_failure(database: URL, directory: Path) -> Path:
    """Return the configuration of a catalogue that was upgraded, after an attempt that failed."""
    recorded.load(database)
    config = write_config(directory / "after.yml", database, recorded.SOURCES)
    execute(database, "ALTER TABLE db_schema_01.users ADD CONSTRAINT never CHECK (false) NOT VALID")
    Alembic(config).must_fail("upgrade", "head")
    execute(database, "ALTER TABLE db_schema_01.users DROP CONSTRAINT never")
    Alembic(config).must("upgrade", "head")
    return config


@pytest.mark.parametrize("made", [odd, many, refused, after_failure])
def test_the_page_is_readable(
    made: Callable[[URL, Path], Path], database: URL, tmp_path: Path, browser: Chrome
) -> None:
    """It says nothing on the console, fetches nothing, no text lies on another, and contrast is enough, light and dark."""
    path = tmp_path / "report.html"
    cli.main(["--config", str(made(database, tmp_path)), "report", "--output", str(path)])
    _log(browser, "performance")
    backgrounds = set()
    for scheme in ("light", "dark"):
        _emulate(browser, scheme, WIDE)
        browser.get(path.as_uri())
        assert browser.title
        low = [colours for colours in browser.execute_script(COLOURS) if _contrast(*colours[1:]) < 4.5]
        assert low == []
        backgrounds.add(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))
        _assert_laid_out(browser)
    assert len(backgrounds) == 2
    assert browser.execute_script(CUT) == []
    browser.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    _assert_laid_out(browser)
    _emulate(browser, "dark", NARROW)
    _assert_laid_out(browser)
    assert _log(browser, "browser") == []
    assert _fetched(browser) <= {path.as_uri(), "data:,"}


LONG_RESULT = Verification(
    datetime(2026, 11, 27, 1, 2, 3, tzinfo=timezone.utc),
    [Lag("source" * 10, f"{'binlog' * 9}.000001:4294967000", None)],
    [
        TableResult(
            f"{'schema' * 10}.{'table' * 12}",
            "source" * 10,
            rows=10**15,
            different=10**12,
            problems=["p" * 300],
            unsettled=7,
            not_compared=[NotCompared("column" * 10, "reason" * 20)],
        )
    ],
    0.5,
)
"""What ``verify`` can find in a table with long names."""


@pytest.mark.parametrize("made", [long, long_refused, long_after, odd, many, after_failure])
def test_nothing_is_off_the_screen_of_a_phone(
    made: Callable[[URL, Path], Path], database: URL, tmp_path: Path, browser: Chrome
) -> None:
    """Before and after the upgrade, no element's right edge is beyond the window, and nothing is scrolled sideways."""
    path, verified = tmp_path / "report.html", tmp_path / "verified.json"
    verified.write_text(json.dumps(LONG_RESULT.as_json()))
    config = made(database, tmp_path)
    cli.main(["--config", str(config), "report", "--output", str(path), "--verified", str(verified)])
    _emulate(browser, "light", *PHONE)
    browser.get(path.as_uri())
    for opened in ("false", "true"):
        browser.execute_script(f"document.querySelectorAll('details').forEach(one => one.open = {opened})")
        assert browser.execute_script(BEYOND) == []
        _assert_laid_out(browser)


def _emulate(browser: Chrome, scheme: str, width: int, height: int = 900) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )


def _assert_laid_out(browser: Chrome) -> None:
    """No two texts overlap by more than a pixel, and the page need not be scrolled sideways."""
    boxes = sorted(browser.execute_script(BOXES), key=lambda box: box[2])
    overlapping = []
    for number, (text, left, top, right, bottom) in enumerate(boxes):
        for other in boxes[number + 1 :]:
            if other[2] > bottom - 1:
                break
            if (
                min(right, other[3]) - max(left, other[1]) > 1
                and min(bottom, other[4]) - max(top, other[2]) > 1
            ):
                overlapping.append((text, other[0]))
    assert overlapping == []
    root = "document.documentElement"
    assert browser.execute_script(f"return {root}.scrollWidth - {root}.clientWidth") == 0


def _log(browser: Chrome, kind: str) -> list[dict[str, str]]:
    """Return what was written to a log of the browser since it was last asked."""
    entries: list[dict[str, str]] = browser.execute("getLog", {"type": kind})["value"]
    return entries


def _fetched(browser: Chrome) -> set[str]:
    """Return the addresses of all that was asked for, but by the browser's own pages, which load meanwhile."""
    messages = (json.loads(entry["message"])["message"] for entry in _log(browser, "performance"))
    return {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
        and not message["params"]["documentURL"].startswith("chrome://")
    }


def _contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, ``rgb(…)``, as the WCAG defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
