"""SQL files in pieces, and the catalogue's name in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chameleon_migrations.autogenerate.head import head_metadata
from chameleon_migrations.database import sql_files
from devtools.config_file import ROOT


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Path]:
    """A version location besides ours."""
    with sql_files.searched([str(tmp_path)]):
        yield tmp_path


def write(directory: Path, files: dict[str, str]) -> None:
    for name, body in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(body)


def test_a_line_stands_for_a_piece(theirs: Path) -> None:
    """A piece is in the folder named like the file, or is shared; it is indented like its line, and can have pieces."""
    write(
        theirs,
        {
            "9.0/fn_a.sql": "BEGIN\n    --<< one.sql\n    --<< shared/two.sql\nEND\n",
            "9.0/fn_a/one.sql": "IF x\n\n    --<< deep.sql\nEND IF\n",
            "9.0/fn_a/deep.sql": "deep --<< no.sql\n",
            "shared/two.sql": "two\n",
            "9.0/fn_b/one.sql": "another\n",
        },
    )
    assert sql_files.sql("9.0/fn_a.sql") == (
        "BEGIN\n    IF x\n\n        deep --<< no.sql\n    END IF\n    two\nEND\n"
    )


def test_a_missing_piece_is_an_error(theirs: Path) -> None:
    write(theirs, {"9.0/fn_a.sql": "--<< one.sql\n", "9.0/one.sql": "beside\n"})
    with pytest.raises(FileNotFoundError, match=r"fn_a/one\.sql"):
        sql_files.sql("9.0/fn_a.sql")


def test_the_catalogue_can_be_elsewhere(theirs: Path) -> None:
    write(
        theirs,
        {"9.0/a.sql": "SELECT '@' FROM @catalogue.t --<< x\n--<< b.sql\n", "9.0/a/b.sql": "@catalogue.u\n"},
    )
    assert sql_files.sql("9.0/a.sql") == "SELECT '@' FROM sch_chameleon.t --<< x\nsch_chameleon.u\n"
    assert (
        sql_files.sql("9.0/a.sql", catalogue="pg_temp.as_")
        == "SELECT '@' FROM pg_temp.as_t --<< x\npg_temp.as_u\n"
    )


def test_a_version_replaces_the_common_text(theirs: Path) -> None:
    """What a version below has is the earlier text, then what is common; a piece of that name is neither."""
    write(
        theirs,
        {f"{folder}/fn_refresh_parts.sql": "" for folder in ("2.0.11", "2.0.12", "2.0.12/fn_replay_mysql")},
    )
    assert sql_files.alike("fn_refresh_parts.sql") == [
        "common/fn_refresh_parts.sql",
        "2.0.11/fn_refresh_parts.sql",
        "2.0.12/fn_refresh_parts.sql",
    ]
    assert sql_files.before("2.0.12/fn_refresh_parts.sql") == "2.0.11/fn_refresh_parts.sql"
    assert sql_files.before("2.0.11/fn_refresh_parts.sql") == "common/fn_refresh_parts.sql"
    assert sql_files.before("common/fn_refresh_parts.sql") is None


def test_all_files_are_whole() -> None:
    """No file has a line for a piece or a name of the catalogue left; each piece is in a file."""
    versions = ROOT / "versions"
    names = {path.relative_to(versions).as_posix() for path in versions.rglob("*.sql")}
    whole = {name: sql_files.sql(name) for name in names if "/fn_replay_mysql/" not in name}
    assert [
        name for name, text in whole.items() if "--<<" in text or "@catalogue" in text or not text.isascii()
    ] == []
    assert set(head_metadata().info["files"]) <= set(whole)
    function = "".join(whole["common/fn_replay_mysql.sql"].split())
    for piece in names - set(whole):
        for part in (versions / piece).read_text().split("--<<")[:1]:
            assert "".join(part.replace("@catalogue.", "sch_chameleon.").split()) in function, piece
