"""The page of ``chameleon-migrations report``: written for a database, and read as a parser of HTML reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from chameleon_migrations import cli
from tests.support.old_catalogue import OldSource, OldTable
from tests.support.schemas import parse

_VOID = {"meta", "link", "br", "line", "circle", "rect", "path"}

ODD = [
    OldSource(
        name,
        schema,
        f"into {schema}",
        ("mysql-bin.000001", 1000 * (number + 1)),
        tables=[
            OldTable(f'täble {number} "quoted" <b>&amp;</b> and_a_rather_long_rest', ("id",), position)
            for position in (("mysql-bin.000003", 10 * (number + 1)),)
        ],
    )
    for number, (name, schema) in enumerate(
        [
            ('<script>alert("a")</script>', "sch<i>" + "x" * 50),
            ('O\'Brien & "Söhne"', "a, b"),
            ("${1 + 1} <%! raise %>", "$lang"),
            ("</style></svg>", "My-Schema"),
        ]
    )
]
"""Four old sources whose names would be markup, or a template's code, were they pasted."""


def merged(sources: Iterable[OldSource], name: str = "into <b>one</b>") -> dict[str, dict[str, str]]:
    """Return the mappings of a file in which one new source takes in all of `sources`."""
    return {name: {str(source.schema): source.destination for source in sources}}


@dataclass
class Element:
    """An element of the page; `text` is all that is in it, those below included."""

    tag: str
    attributes: Mapping[str, str | None]
    text: str = ""
    below: list[Element] = field(default_factory=list)

    def all(self, tag: str, css_class: str | None = None) -> list[Element]:
        """Return the elements below, at any depth, of a tag and a class."""
        classes = (self.attributes.get("class") or "").split()
        here = [self] if self.tag == tag and (css_class is None or css_class in classes) else []
        return here + [found for element in self.below for found in element.all(tag, css_class)]

    @property
    def words(self) -> str:
        """The text, with one space where there is white space."""
        return " ".join(self.text.split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].below.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def read(html: str) -> Element:
    """Return the whole document, whose elements all have to be closed in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    (document,) = reader.open
    return document


def report(config: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the command prints."""
    return _printed(config, capsys, "report")


def as_json(config: Path, capsys: pytest.CaptureFixture[str], command: str) -> Any:
    """Return the JSON object that `command` prints."""
    return parse(command, _printed(config, capsys, command, "--json"))


def _printed(config: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    cli.main(["--config", str(config), *arguments])
    return capsys.readouterr().out
