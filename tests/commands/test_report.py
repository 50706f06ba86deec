"""What is on the page of ``chameleon-migrations report``, against what preflight, status and the history say."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from chameleon_migrations import cli
from chameleon_migrations.verification.result import Lag, TableResult, Verification
from devtools import recorded
from devtools.config_file import write_config
from devtools.server import execute
from devtools.versions import HEAD
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, OldTable, build
from tests.support.report_page import ODD, Element, as_json, merged, read, report
from tests.support.schemas import parse
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, empty, recorded_catalogue

WRONG = {"mysql": {"my_schema_01": "db_schema_01", "my_schema_03": "db_schema_02"}}

pytestmark = begins_with(recorded_catalogue)


Page = Callable[[Path], Element]


@pytest.fixture
def config(database: URL, tmp_path: Path) -> Path:
    """The configuration file of the recorded catalogue."""
    return write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)


@pytest.fixture
def page(capsys: pytest.CaptureFixture[str]) -> Page:
    """Return what reads the page of a configuration file."""
    return lambda config: read(report(config, capsys))


def rows(element: Element) -> list[list[str]]:
    """Return the words of each cell of the body's rows."""
    return [[cell.words for cell in row.all("td")] for body in element.all("tbody") for row in body.all("tr")]


def open_checks(page: Element) -> list[str]:
    """Return the words of each check that does not hold."""
    return [line.words for part in section(page, "checks").all("ul", "checks") for line in part.all("li")]


def section(page: Element, heading: str) -> Element:
    """Return the section that is labelled by `heading`."""
    (found,) = (part for part in page.all("section") if part.attributes["aria-labelledby"] == heading)
    return found


@pytest.mark.parametrize(
    "version",
    [
        pytest.param(version, marks=begins_with(recorded_catalogue, version))
        for version in ("1.7", "2.0.0", "head")
    ],
)
def test_it_changes_nothing(
    version: str, config: Path, database: URL, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole database is as before, at any version, and no secret is on the page."""
    before = snapshot(database)
    html = report(config, capsys)
    assert snapshot(database) == before
    assert "s3cret" not in html


def test_the_file_is_created_and_never_overwritten(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is what goes to standard output without --output, but for the time."""
    path = tmp_path / "report.html"
    arguments = ["--config", str(config), "report", "--output", str(path)]
    cli.main(arguments)
    assert capsys.readouterr().out == f"{path}: written\n"
    html = path.read_text(encoding="ascii")
    printed = report(config, capsys)
    assert html.split("<footer>")[0] == printed.split("<footer>")[0]
    with pytest.raises(SystemExit):
        cli.main(arguments)
    assert "is there already and was not changed" in capsys.readouterr().err
    assert path.read_text(encoding="ascii") == html


def test_a_file_that_cannot_be_written(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says so."""
    with pytest.raises(SystemExit):
        cli.main(["--config", str(config), "report", "--output", str(tmp_path / "none" / "report.html")])
    assert "needed: a place for the report" in capsys.readouterr().err


def test_it_needs_no_other_file(config: Path, page: Page) -> None:
    """Nothing is linked, loaded or run."""
    found = page(config)
    everything = [element for tag in ("link", "script", "img", "iframe", "a") for element in found.all(tag)]
    assert [element.attributes.get("href") for element in everything] == ["data:,"]
    (style,) = found.all("style")
    assert "url(" not in style.text
    assert "@import" not in style.text


def test_before_an_upgrade_it_shows_what_preflight_knows(
    config: Path, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its verdict, its checks and steps, and its plan: what flows where, positions, and what is pending."""
    known = as_json(config, capsys, "preflight")
    found = page(config)
    assert "An upgrade would start" in found.all("header")[0].words
    asked = section(found, "checks")
    (held,) = asked.all("ul", "held")
    assert [line.words for line in held.all("li")] == [check["title"] for check in known["checks"]]
    assert [step.all("b")[0].words for step in asked.all("ul", "steps")[0].all("li")] == [
        step["revision"] for step in known["steps"]
    ]
    assert "`" not in found.text
    assert "fn_replay_mysql" in {code.text for code in asked.all("code")}
    for line in known["warnings"]:
        assert line in asked.words
    (ribbons,) = section(found, "flow").all("svg")
    assert ribbons.words == "source_01, source_02 into mysql"
    assert len(ribbons.all("path")) == 2
    lanes = section(found, "line")
    for table in known["plan"]["tables"]:
        (row,) = (row for row in lanes.all("tr") if table["schema"] in row.words and row.all("td"))
        assert table["name"] in row.words
        assert table["position"] in row.words
    assert [(row[0], *map(int, row[-2:])) for row in rows(section(found, "replay"))] == [
        (source["name"], source["pending_batches"], source["pending_events"])
        for source in known["plan"]["old_sources"]
    ]


def test_a_refused_upgrade(database: URL, tmp_path: Path, page: Page) -> None:
    """Checks that do not hold come first, with the remedy, and the source that has no place to flow to is seen."""
    found = page(write_config(tmp_path / "wrong.yml", database, WRONG))
    assert "An upgrade would not start" in found.all("header")[0].words
    assert section(found, "checks").all("span", "bad")
    first = open_checks(found)[0]
    assert first.startswith("does not hold ")
    assert "only in the catalogue my_schema_02 -> db_schema_02 (source_02)" in first
    assert "only in the file my_schema_03 -> db_schema_02" in first
    assert "Make sources.*.schema_mappings list exactly" in first
    assert [title.words for title in section(found, "flow").all("title")] == [
        "source_01 into mysql",
        "source_02 into nowhere",
    ]


@begins_with(recorded_catalogue, "head")
def test_after_an_upgrade_it_shows_what_status_knows(
    config: Path, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    """What flowed into what, where the tables stand, what was replayed of each old source, and every step."""
    known = as_json(config, capsys, "status")
    found = page(config)
    (ribbons,) = section(found, "flow").all("svg")
    assert ribbons.words == "source_01, source_02 into mysql"
    for table in known["tables"]:
        (row,) = (row for row in section(found, "line").all("tr") if table["schema"] in row.words)
        assert table["name"] in row.words
        assert table["position"] in row.words
    expected = json.loads((recorded.RECORDED / "expected" / "catalogue-2.0.json").read_text())
    assert {row[0]: (int(row[1]), sum(map(int, row[2:5]))) for row in rows(section(found, "replay"))} == {
        name: (len(done["batches"]), done["events"])
        for name, done in expected["pending_events_replayed"].items()
    }
    assert [row[1].split(" 11 steps")[0] for row in rows(section(found, "history"))] == [f"1.7 → {HEAD}"]
    steps = section(found, "history").all("li")
    assert [" ".join(step.words.split()[:3]) for step in steps] == [
        f"{past['from_version']} → {past['to_version']}" for past in known["history"]
    ]
    assert "Checks of the downgrade to 1.7" in section(found, "checks").words
    assert "A downgrade would start" in section(found, "checks").words
    assert open_checks(found) == []
    assert "`" not in found.text
    assert unlabelled(found) == []


def figures(page: Element) -> dict[str, str]:
    """Return the numbers at the head of the page by their name."""
    return {pair.all("dt")[0].words: pair.all("dd")[0].words for pair in page.all("dl")[0].all("div")}


@begins_with(recorded_catalogue, "head")
def test_sums_are_of_the_last_upgrade(config: Path, database: URL, page: Page) -> None:
    """Neither an upgrade that was undone nor later steps count; after a downgrade there is no sum."""
    alembic = Alembic(config)
    first = figures(page(config))
    assert int(first["events replayed"]) > 0
    assert first["tables moved"] == first["tables"]
    alembic.must("downgrade", "2.0.9")
    alembic.must("upgrade", "head")
    assert figures(page(config)) == first
    alembic.must("downgrade", "1.7")
    execute(database, "DROP SCHEMA _sch_chameleon_version2 CASCADE")
    found = page(config)
    assert figures(found).keys().isdisjoint({"events replayed", "tables moved"})
    assert {len(row) for row in rows(section(found, "replay"))} == {len(["source", "batches", "events"])}
    alembic.must("upgrade", "head")
    found = page(config)
    assert figures(found)["events replayed"] == "0"
    assert figures(found)["tables moved"] == first["tables moved"]
    assert {tuple(row[1:5]) for row in rows(section(found, "replay"))} == {("0", "0", "0", "0")}
    assert len(rows(section(found, "history"))) == 5


@begins_with(recorded_catalogue, "head")
def test_a_downgrade_that_would_be_refused_is_no_failure(config: Path, database: URL, page: Page) -> None:
    """While pg_chameleon 2.0 runs, its check has the reason and no red mark."""
    running = database.update_query_dict({"application_name": "[pg_chameleon] - source: mysql"})
    with create_engine(running, poolclass=NullPool).connect():
        found = page(config)
    assert found.all("span", "bad") == []
    check, of_the_log = open_checks(found)
    assert check.startswith("does not hold now pg_chameleon is stopped")
    assert "[pg_chameleon] - source: mysql" in check
    assert of_the_log.startswith("not asked"), of_the_log


def test_a_failed_attempt(config: Path, database: URL, page: Page) -> None:
    """It stays in sight, at the head and in the history, until the next one ends well."""
    execute(database, "ALTER TABLE db_schema_01.users ADD CONSTRAINT never CHECK (false) NOT VALID")
    Alembic(config).must_fail("upgrade", "2.0.0")
    found = page(config)
    assert (
        "The last attempt failed: the replay of the pending batches stopped at"
        in found.all("header")[0].words
    )
    assert "failed the replay of the pending batches stopped" in rows(section(found, "history"))[0][2]
    execute(database, "ALTER TABLE db_schema_01.users DROP CONSTRAINT never")
    Alembic(config).must("upgrade", "2.0.0")
    found = page(config)
    assert "The last attempt" not in found.all("header")[0].words
    assert [row[2].split()[0] for row in rows(section(found, "history"))] == ["done", "failed"]


@begins_with(recorded_catalogue, "head")
def test_once_consistent_and_the_old_catalogue_dropped(config: Path, database: URL, page: Page) -> None:
    """The page says that the old catalogue was dropped, and that a downgrade is not possible."""
    execute(
        database,
        "DROP SCHEMA _sch_chameleon_version1 CASCADE",
        "UPDATE sch_chameleon.t_sources SET b_consistent = true",
        "UPDATE sch_chameleon.t_replica_tables SET t_binlog_name = NULL, i_binlog_position = NULL,"
        " b_replica_enabled = v_table_name <> 'users'",
    )
    found = page(config)
    head = found.all("header")[0].words
    assert "Consistent" in head
    assert "2.0 has disabled the table db_schema_01.users after an error." in head
    assert "was dropped" in section(found, "flow").words
    assert not section(found, "line").all("circle")
    assert "there is no schema _sch_chameleon_version1" in open_checks(found)[0]


@begins_with(empty)
def test_names_are_text(
    database: URL, tmp_path: Path, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    """Markup, a template's code, quotes and letters of any script come out as they are, and as nothing else."""
    build(database, ODD)
    config = write_config(tmp_path / "odd.yml", database, merged(ODD))
    for version in ("1.7", "2.0.0"):
        Alembic(config).must("upgrade", version)
        found = page(config)
        cards = {card.all("strong")[0].text: card.words for card in section(found, "flow").all("li")}
        assert cards.keys() == {source.name for source in ODD}
        for source in ODD:
            assert f"{source.schema} → {source.destination}" in cards[source.name]
        for source in ODD:
            (row,) = (
                row for row in section(found, "line").all("tr") if f"{source.destination}.t" in row.words
            )
            assert source.tables[0].name in row.words
        assert not found.all("script")
        assert report(config, capsys).isascii()


def places(page: Element) -> list[float]:
    """Return where the tables are drawn on the time lines, in percent, in the order of the rows."""
    return [float(str(dot.attributes["cx"]).removesuffix("%")) for dot in section(page, "line").all("circle")]


@begins_with(empty)
def test_the_time_line_is_in_the_order_of_the_binlog(database: URL, tmp_path: Path, page: Page) -> None:
    """By the file's number and then by offset, also where a number has more digits, and inside a file to scale."""
    positions = [
        ("mysql-bin.999999", 500),
        ("mysql-bin.1000000", 4),
        ("mysql-bin.1000007", 400),
        ("mysql-bin.1000007", 800),
    ]
    tables = [OldTable(f"t{number}", position=position) for number, position in enumerate(positions)]
    source = OldSource(
        "one", "my", "db", ("mysql-bin.999999", 100), tables=[*tables[::-1], OldTable("at_resume")]
    )
    build(database, [source])
    found = page(write_config(tmp_path / "one.yml", database, {"mysql": {"my": "db"}}))
    at = places(found)
    assert at == sorted(at)
    assert len(set(at)) == len(at) == 5
    assert at[0] == 0
    assert at[-1] == 100
    third = 100 / 3  # three files, of which the last is read from its beginning to 800
    assert at[3:] == pytest.approx([2 * third + third / 2, 100])
    assert [row[0].split(".")[-1] for row in rows(section(found, "line"))] == [
        "at_resume",
        "t0",
        "t1",
        "t2",
        "t3",
    ]
    assert "6 binlog files without a position are left out" in section(found, "line").words


@begins_with(empty)
def test_one_past_is_the_same_place(database: URL, tmp_path: Path, page: Page) -> None:
    """A table that an upgrade put one past the resume position does not look as if it were far ahead of it."""
    build(database, [OldSource("one", "my", "db")])
    config = write_config(tmp_path / "one.yml", database, {"mysql": {"my": "db"}})
    Alembic(config).must("upgrade", "2.0.0")
    assert places(page(config)) == [pytest.approx(0, abs=1)]


@begins_with(empty)
def test_many_tables_at_one_place_are_one_row(database: URL, tmp_path: Path, page: Page) -> None:
    """A thousand tables of which two were synced alone are three rows, with all names at hand."""
    alone = [OldTable(f"alone {number}", position=("mysql-bin.000002", 10 + number)) for number in range(2)]
    tables = [*alone, *(OldTable(f"table {number}") for number in range(998))]
    build(database, [OldSource("one", "my", "db", tables=tables)])
    found = page(write_config(tmp_path / "one.yml", database, {"mysql": {"my": "db"}}))
    (first, *rest) = section(found, "line").all("tbody")[0].all("tr")
    assert "998 tables" in first.words
    assert {item.words for item in first.all("li")} == {f"table {number}" for number in range(998)}
    assert len(rest) == 2


def verified(equal: bool) -> Verification:
    """Return what ``verify`` could have found, with a name that is HTML."""
    other = (
        TableResult("<b>s</b>.t", "mysql", 3, only_in_mysql=1)
        if not equal
        else TableResult("s.t", "mysql", 3)
    )
    return Verification(
        datetime(2026, 11, 27, 1, 2, 3, tzinfo=timezone.utc),
        [Lag("mysql", "a.000001:4", None)],
        [TableResult("s.equal", "mysql", 17), other],
        None,
    )


@pytest.mark.parametrize("equal", [True, False])
def test_what_verify_has_found(
    equal: bool, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tables that are not equal come first; without the file there is no such section."""
    content = json.dumps(verified(equal).as_json())
    parse("verify", content)
    (tmp_path / "verified.json").write_text(content)
    capsys.readouterr()
    cli.main(["--config", str(config), "report", "--verified", str(tmp_path / "verified.json")])
    page = read(capsys.readouterr().out)
    found = rows(section(page, "verified"))
    assert [row[0] for row in found] == (["s.equal", "s.t"] if equal else ["<b>s</b>.t", "s.equal"])
    assert [row[1] for row in found] == (["equal", "equal"] if equal else ["not equal", "equal"])
    assert ["17", "0", "0", "0"] in [row[2:] for row in found]
    assert ["3", "0" if equal else "1", "0", "0"] in [row[2:] for row in found]
    assert unlabelled(page) == []
    assert 'id="verified"' not in report(config, capsys)


def unlabelled(page: Element) -> list[str]:
    """Return the numbers that have no name where the page is narrow and a row is a block."""
    return [cell.words for cell in page.all("td", "number") if not cell.attributes.get("data-label")]


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", '{"made": "", "lag": [], "tables": [{}], "sample": null}']
)
def test_a_file_that_verify_has_not_written(
    content: str | None, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, and no page is made."""
    path = tmp_path / "verified.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SystemExit):
        cli.main(["--config", str(config), "report", "--verified", str(path)])
    written = capsys.readouterr()
    assert written.out == ""
    assert f"{path}: " in written.err
    assert "Traceback" not in written.err
