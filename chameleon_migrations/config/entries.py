"""A YAML file as entries: each value with the keys and the line that lead to it, so that a mistake is named where it is.

The file is composed into YAML nodes and never constructed into Python objects: no tag runs code, an alias
costs nothing however often it is used, each value keeps the line and the spelling that the user wrote, and a
key that stands twice is still seen twice. Values stay out of messages, since a password can stand in the wrong place.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from chameleon_migrations.errors import UserError

_ALIKE = 0.75
"""`difflib`'s ratio from which a key is a misspelling of another: two letters of four have changed places."""

_YAML = "tag:yaml.org,2002:"
_TEXT, _INTEGER, _MERGE = _YAML + "str", _YAML + "int", _YAML + "merge"
_KINDS = {
    _TEXT: "text",
    _INTEGER: "a number",
    _YAML + "float": "a number",
    _YAML + "bool": "true or false",
    _YAML + "null": "nothing",
    _YAML + "timestamp": "a date",
    _YAML + "seq": "a list",
    _YAML + "map": "a mapping",
}

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}")
"""A number that YAML reads as decimal: no octal `0123`, no `1_000`, no `12:34` (754); 18 digits do."""

_UNSENDABLE = re.compile("[\0\ud800-\udfff]")
"""What escapes can put into a YAML string and no server takes."""

_QUOTATION = re.compile("""['"].*['"]""")


@dataclass(frozen=True)
class Entry:
    """A node of the file, and the keys that lead to it from the top.

    Every method that reads raises a `UserError` of one line where the node is something else.
    """

    file: Path
    keys: tuple[str, ...]
    node: yaml.Node

    def member(self, key: str, node: yaml.Node) -> Entry:
        """Return `node`, which `key` leads to from here."""
        return replace(self, keys=(*self.keys, key), node=node)

    @property
    def place(self) -> str:
        """The keys, as a message names them."""
        return ".".join(map(_shown, self.keys)) or "top level"

    def refusal(self, problem: str) -> UserError:
        """Return the error that names this place and line, and says what the `problem` is."""
        return refusal_of(self.file, f"{self.place}: {problem}", line=self.node.start_mark.line)

    def wrong(self, needed: str) -> UserError:
        """Return the error that says what kind of value was found, and what is `needed`."""
        found = _KINDS.get(self.node.tag, "a value with a tag") if self.node.value else "nothing"
        return self.refusal(f"found {found}; needed: {needed}")

    def section(self, known: tuple[str, ...], required: tuple[str, ...]) -> dict[str, Entry]:
        """Return the members by key, none of `known` misspelt and none of `required` missing."""
        members = self.mapping()
        absent = [key for key in known if key not in members]
        for key, member in members.items():
            alike = difflib.get_close_matches(key.lower(), absent, n=1, cutoff=_ALIKE)
            if key not in known and alike:
                raise member.refusal(f"found an unknown key; did you mean {alike[0]}?")
        for key in required:
            if key in absent:
                raise self.member(key, self.node).refusal("found no such key; pg_chameleon 2 needs it")
        return members

    def get(self, key: str) -> Entry | None:
        """Return the member `key`, None where there is none, or no mapping here."""
        return self.members().get(key)

    def mapping(self) -> dict[str, Entry]:
        """Return the members by key, those merged by ``<<`` included."""
        members = self.members()
        if not members:
            raise self.wrong("a mapping with at least one key")
        for key, member in self.members(last=True).items():
            if not member.is_same(members[key]):
                raise member.refusal(
                    "found in several of the mappings that are merged, of which PyYAML takes the first or, in 6.0.4, "
                    "the last; needed: the key itself, beside <<"
                )
        return members

    def members(self, *, last: bool = False) -> dict[str, Entry]:
        """Return the members by key, none where this is no mapping; of merged keys the first of `pairs` counts."""
        members: dict[str, Entry] = {}
        for key, value in self.pairs(last=last) if isinstance(self.node, yaml.MappingNode) else ():
            members.setdefault(self.member(key.value, key).name(), self.member(key.value, value))
        return members

    def is_same(self, other: Entry) -> bool:
        """Tell whether both are one node, or texts or numbers written alike."""
        nodes = (self.node, other.node)
        alike = all(isinstance(node, yaml.ScalarNode) for node in nodes) and nodes[0].tag == nodes[1].tag
        return nodes[0] is nodes[1] or (alike and nodes[0].value == nodes[1].value)

    def pairs(self, *, last: bool) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yield the pairs of key and value, then those of the mappings merged by ``<<``.

        Of a list of mappings the first comes first, which is YAML's order, or the `last`. A mapping met again has nothing
        to add, so that even one that merges itself takes no longer.
        """
        waiting, visited = [self.node], set[int]()
        while waiting:
            node = waiting.pop()
            if id(node) in visited:
                continue
            visited.add(id(node))
            for key, value in node.value:
                if key.tag == _MERGE:
                    merged = self.member(key.value, value).merged()
                    waiting += merged if last else reversed(merged)
                else:
                    yield key, value

    def merged(self) -> list[yaml.Node]:
        """Return the mappings that ``<<`` names."""
        nodes = self.node.value if isinstance(self.node, yaml.SequenceNode) else [self.node]
        if not all(isinstance(node, yaml.MappingNode) for node in nodes):
            raise self.wrong("a mapping or a list of mappings")
        return list(nodes)

    def scalar(self) -> str:
        """Return text, or a number's digits: pg_chameleon, too, passes on `password: 1234` as text."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.is_text_as_written():
            raise self.wrong("text, in quotes")
        if _UNSENDABLE.search(self.node.value):
            raise self.refusal("found a NUL or half a surrogate pair; needed: text without it")
        return str(self.node.value)

    def is_text_as_written(self) -> bool:
        """Tell whether the reader of YAML gets what is written, be it as text or as digits."""
        digits = self.node.tag == _INTEGER and _DECIMAL.fullmatch(self.node.value) is not None
        return self.node.tag == _TEXT or digits

    def text(self) -> str:
        """Return text that is not empty."""
        if not self.node.value:
            raise self.wrong("text")
        return self.scalar()

    def name(self) -> str:
        """Return text that is no number."""
        if self.node.tag != _TEXT:
            raise self.wrong("a name, in quotes")
        return self.text()

    def number(self, highest: int) -> int:
        """Return a whole number from 1 to `highest`."""
        digits = self.scalar()
        if not _DECIMAL.fullmatch(digits) or not 1 <= int(digits) <= highest:
            raise self.wrong(f"a whole number from 1 to {highest}")
        return int(digits)


def refuse_duplicates(entry: Entry, visited: set[int]) -> None:
    """Refuse a key that stands twice in a mapping, at any depth: YAML would drop all but the last."""
    if id(entry.node) in visited:
        return
    visited.add(id(entry.node))
    for member in _distinct_members(entry):
        refuse_duplicates(member, visited)


def _distinct_members(entry: Entry) -> Iterator[Entry]:
    if isinstance(entry.node, yaml.SequenceNode):
        yield from (entry.member(str(number), node) for number, node in enumerate(entry.node.value))
    elif isinstance(entry.node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in entry.node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise entry.refusal("found a list or mapping as a key; needed: text")
            if key.value in lines:
                before = f"found the key again that is on line {lines[key.value]}"
                raise entry.member(key.value, key).refusal(
                    f"{before}; needed: one of them, as YAML drops the rest"
                )
            lines[key.value] = key.start_mark.line + 1
            yield entry.member(key.value, value)


def compose(path: Path, text: str) -> Entry:
    """Return the one document of the file at `path`, whose content is `text`."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_refusal(path, error) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position)
        raise refusal_of(path, "found a control character; needed: YAML text", line=line) from None
    except (ValueError, OverflowError):
        raise refusal_of(path, "found an escape past the end of Unicode; needed: YAML text") from None
    except RecursionError:
        raise refusal_of(path, "found too many levels; needed: those of pg_chameleon 2") from None
    if node is None:
        raise refusal_of(path, "found nothing; needed: pg_conn and sources, as pg_chameleon 2 reads them")
    return Entry(path, (), node)


def read_text(path: Path) -> str:
    """Return the content of the file at `path`."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start)
        raise refusal_of(
            path, "found bytes that are no UTF-8; needed: the file saved as UTF-8", line=line
        ) from None
    except OSError as error:
        needed = "a readable configuration file of pg_chameleon 2; name it with -x config=NAME_OR_PATH"
        raise refusal_of(path, f"{error.strerror}; needed: {needed}") from None


def _syntax_refusal(path: Path, error: yaml.MarkedYAMLError) -> UserError:
    """Tell where the file is no YAML; what PyYAML quotes of the file is left out, as it can be a secret."""
    problem = f"{error.context or ''} {error.problem}".strip()
    # The scanner's problem is where it gave up, such as the file's end; its context, where the mistake began.
    began = error.context_mark if isinstance(error, yaml.scanner.ScannerError) else None
    mark = began or error.problem_mark
    line = mark.line if mark else 0
    if r"'\t'" in problem:
        return refusal_of(path, "found a tab; needed: spaces", line=line)
    needed = "YAML, in the lines above too; put special characters in quotes"
    return refusal_of(path, f"{_QUOTATION.sub('…', problem)}; needed: {needed}", line=line)


def refusal_of(path: Path, problem: str, *, line: int | None = None) -> UserError:
    """Compose the one line; `line` counts from 0."""
    place = "" if line is None else f"line {line + 1}: "
    return UserError(f"{_shown(str(path))}: {place}{problem}")


def _shown(name: str) -> str:
    """Return `name` as it fits into one line."""
    return name if name.isprintable() else repr(name)
