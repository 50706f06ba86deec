"""The configuration file of pg_chameleon 2, read into typed objects that nobody changes.

What a file must hold is what pg_chameleon 2.0.21 reads of it without a default of its own. Every mistake is a
`UserError` of one line: file, line, key path, what was found, what is needed. Values stay out of it, since a
password can stand in the wrong place.

The file is composed into YAML nodes and never constructed into Python objects: no tag runs code, an alias
costs nothing however often it is used, each value keeps the line and the spelling that the user wrote, and a
key that stands twice is still seen twice.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import yaml
from sqlalchemy import URL

from chameleon_migrations.errors import UserError

# fmt: off
_ROOT_KEYS = (
    "fillfactor", "log_days_keep", "log_dest", "log_dir", "log_level", "pg_conn", "pid_dir", "rollbar_env",
    "rollbar_key", "sources", "type_override",
)
_SOURCE_KEYS = (
    "auto_maintenance", "batch_retention", "copy_max_memory", "copy_mode", "db_conn", "grant_select_to",
    "gtid_enable", "keep_existing_schema", "limit_tables", "lock_timeout", "my_server_id", "net_read_timeout",
    "on_error_read", "on_error_replay", "out_dir", "replay_max_rows", "replica_batch_size", "schema_mappings",
    "skip_events", "skip_tables", "sleep_loop", "type",
)
# fmt: on
_LOGIN_KEYS = ("host", "port", "user", "password", "charset")
_CONNECTION_KEYS = (*_LOGIN_KEYS, "database", "connect_timeout")

_ALIKE = 0.75
"""`difflib`'s ratio from which a key is a misspelling of another: two letters of four have changed places."""

_MAX_PORT = 65_535
_MAX_TIMEOUT = 31_536_000
"""Seconds: PyMySQL takes no longer `connect_timeout`."""

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
"""A number that YAML reads as it is written: no octal `0123`, no `1_000`, no `12:34` (754); 18 digits do."""

_UNSENDABLE = re.compile("[\0\ud800-\udfff]")
"""What escapes can put into a YAML string and no server takes."""

_QUOTATION = re.compile("""['"].*['"]""")


@dataclass(frozen=True)
class Postgres:
    """The destination, as `pg_conn` names it; `host` may be the directory of a socket."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    charset: str
    database: str


@dataclass(frozen=True)
class MySQL:
    """A source's server, as its `db_conn` names it, in `pymysql.connect`'s words; timeout in seconds."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    charset: str
    connect_timeout: int


@dataclass(frozen=True)
class Source:
    """A key under `sources`; `schema_mappings` leads from MySQL to destination schemas, in file order."""

    name: str
    type: str
    mysql: MySQL
    schema_mappings: Mapping[str, str]


@dataclass(frozen=True)
class Settings:
    """A configuration file, its sources in file order."""

    path: Path
    connection: Postgres
    sources: tuple[Source, ...]

    @property
    def url(self) -> URL:
        """The destination; `charset` is the client's encoding, as pg_chameleon sets it."""
        return URL.create(
            "postgresql+psycopg2",
            username=self.connection.user,
            password=self.connection.password,
            host=self.connection.host,
            port=self.connection.port,
            database=self.connection.database,
            query={"client_encoding": self.connection.charset},
        )

    @property
    def readable_by_others(self) -> bool:
        """Whether group or others may read the file and its passwords; False where modes mean nothing."""
        return os.name == "posix" and bool(self.path.stat().st_mode & 0o044)


def find(x_argument: str | None = None, environment: str | None = None, ini: str | None = None) -> Path:
    """Return the path of the configuration file; nothing is read.

    The first that is given of ``-x config=``, the variable ``CHAMELEON_CONFIG`` and alembic.ini's
    ``chameleon_config`` counts, else ``default``. A bare name is the file ``NAME.yml`` in pg_chameleon's own
    ``~/.pg_chameleon/configuration``; what holds a slash or ends in ``.yml`` or ``.yaml`` is a path.

    Raises:
        UserError: ``-x config=`` is there but empty (going on would take another database's file), or there
            is no home directory.
    """
    if x_argument == "":
        raise UserError("-x config= is empty; needed: the name or path of a configuration file")
    chosen = x_argument or environment or ini or "default"
    is_path = Path(chosen).name != chosen or chosen.endswith((".yml", ".yaml"))
    path = Path(chosen if is_path else f"~/.pg_chameleon/configuration/{chosen}.yml")
    try:
        return path.expanduser()
    except RuntimeError:
        raise _refusal(path, "found no such home directory; needed: HOME set, or -x config=PATH") from None


def load(path: Path) -> Settings:
    """Read the configuration file at `path`.

    A key that pg_chameleon does not know is refused as a misspelling where it resembles a known one that is
    absent beside it; any other is the user's own and passed over, as pg_chameleon passes it over.

    Raises:
        UserError: at the first mistake.
    """
    root = _Entry(path, (), _compose(path))
    _refuse_duplicates(root, set())
    sections = root.section(_ROOT_KEYS, required=("pg_conn", "sources"))
    sources = sections["sources"].mapping().values()
    return Settings(path, _postgres(sections["pg_conn"]), tuple(map(_source, sources)))


def _postgres(entry: _Entry) -> Postgres:
    keys = entry.section(_CONNECTION_KEYS, required=(*_LOGIN_KEYS, "database"))
    return Postgres(
        host=keys["host"].text(),
        port=keys["port"].number(_MAX_PORT),
        user=keys["user"].text(),
        password=keys["password"].scalar(),
        charset=keys["charset"].text(),
        database=keys["database"].text(),
    )


def _mysql(entry: _Entry) -> MySQL:
    keys = entry.section(_CONNECTION_KEYS, required=(*_LOGIN_KEYS, "connect_timeout"))
    return MySQL(
        host=keys["host"].text(),
        port=keys["port"].number(_MAX_PORT),
        user=keys["user"].text(),
        password=keys["password"].scalar(),
        charset=keys["charset"].text(),
        connect_timeout=keys["connect_timeout"].number(_MAX_TIMEOUT),
    )


def _source(entry: _Entry) -> Source:
    _refuse_nested(entry)
    keys = entry.section(_SOURCE_KEYS, required=("type", "db_conn", "schema_mappings"))
    mappings = keys["schema_mappings"].mapping().items()
    return Source(
        name=entry.keys[-1],
        type=keys["type"].name(),
        mysql=_mysql(keys["db_conn"]),
        schema_mappings=MappingProxyType({schema: value.name() for schema, value in mappings}),
    )


def _refuse_nested(source: _Entry) -> None:
    """Refuse a source's key that stands under its `db_conn`, where pg_chameleon never looks for it."""
    connection = source.mapping().get("db_conn")
    for key, entry in connection.mapping().items() if connection else ():
        if key in _SOURCE_KEYS:
            raise entry.refusal(f"found under db_conn; needed: directly under {source.place}, beside db_conn")


@dataclass(frozen=True)
class _Entry:
    """A node of the file, and the keys that lead to it from the top."""

    file: Path
    keys: tuple[str, ...]
    node: yaml.Node

    def member(self, key: str, node: yaml.Node) -> _Entry:
        return replace(self, keys=(*self.keys, key), node=node)

    @property
    def place(self) -> str:
        return ".".join(map(_shown, self.keys)) or "top level"

    def refusal(self, problem: str) -> UserError:
        return _refusal(self.file, f"{self.place}: {problem}", line=self.node.start_mark.line)

    def wrong(self, needed: str) -> UserError:
        found = _KINDS.get(self.node.tag, "a value with a tag") if self.node.value else "nothing"
        return self.refusal(f"found {found}; needed: {needed}")

    def section(self, known: tuple[str, ...], required: tuple[str, ...]) -> dict[str, _Entry]:
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

    def mapping(self) -> dict[str, _Entry]:
        """Return the members by key, those merged by ``<<`` included."""
        members = self.members(last=False)
        if not members:
            raise self.wrong("a mapping with at least one key")
        for key, member in self.members(last=True).items():
            if not member.is_same(members[key]):
                raise member.refusal(
                    "found in several of the mappings that are merged, of which PyYAML takes the first or, in 6.0.4, "
                    "the last; needed: the key itself, beside <<"
                )
        return members

    def members(self, *, last: bool) -> dict[str, _Entry]:
        """Return the members by key; the first of `pairs` counts where a merged key is there already."""
        members: dict[str, _Entry] = {}
        for key, value in self.pairs(last=last) if isinstance(self.node, yaml.MappingNode) else ():
            members.setdefault(self.member(key.value, key).name(), self.member(key.value, value))
        return members

    def is_same(self, other: _Entry) -> bool:
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
        if not self.node.value:
            raise self.wrong("text")
        return self.scalar()

    def name(self) -> str:
        if self.node.tag != _TEXT:
            raise self.wrong("a name, in quotes")
        return self.text()

    def number(self, highest: int) -> int:
        digits = self.scalar()
        if not _DECIMAL.fullmatch(digits) or not 1 <= int(digits) <= highest:
            raise self.wrong(f"a whole number from 1 to {highest}")
        return int(digits)


def _refuse_duplicates(entry: _Entry, visited: set[int]) -> None:
    """Refuse a key that stands twice in a mapping, at any depth: YAML would drop all but the last."""
    if id(entry.node) in visited:
        return
    visited.add(id(entry.node))
    for member in _distinct_members(entry):
        _refuse_duplicates(member, visited)


def _distinct_members(entry: _Entry) -> Iterator[_Entry]:
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


def _compose(path: Path) -> yaml.Node:
    """Return the top node of the file's one document."""
    text = _read(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_refusal(path, error) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position)
        raise _refusal(path, "found a control character; needed: YAML text", line=line) from None
    except (ValueError, OverflowError):
        raise _refusal(path, "found an escape past the end of Unicode; needed: YAML text") from None
    except RecursionError:
        raise _refusal(path, "found too many levels; needed: those of pg_chameleon 2") from None
    if node is None:
        raise _refusal(path, "found nothing; needed: pg_conn and sources, as pg_chameleon 2 reads them")
    return node


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start)
        raise _refusal(
            path, "found bytes that are no UTF-8; needed: the file saved as UTF-8", line=line
        ) from None
    except OSError as error:
        needed = "a readable configuration file of pg_chameleon 2; name it with -x config=NAME_OR_PATH"
        raise _refusal(path, f"{error.strerror}; needed: {needed}") from None


def _syntax_refusal(path: Path, error: yaml.MarkedYAMLError) -> UserError:
    """Tell where the file is no YAML; what PyYAML quotes of the file is left out, as it can be a secret."""
    problem = f"{error.context or ''} {error.problem}".strip()
    # The scanner's problem is where it gave up, such as the file's end; its context, where the mistake began.
    began = error.context_mark if isinstance(error, yaml.scanner.ScannerError) else None
    mark = began or error.problem_mark
    line = mark.line if mark else 0
    if r"'\t'" in problem:
        return _refusal(path, "found a tab; needed: spaces", line=line)
    needed = "YAML, in the lines above too; put special characters in quotes"
    return _refusal(path, f"{_QUOTATION.sub('…', problem)}; needed: {needed}", line=line)


def _refusal(path: Path, problem: str, *, line: int | None = None) -> UserError:
    """Compose the one line; `line` counts from 0."""
    place = "" if line is None else f"line {line + 1}: "
    return UserError(f"{_shown(str(path))}: {place}{problem}")


def _shown(name: str) -> str:
    """Return `name` as it fits into one line."""
    return name if name.isprintable() else repr(name)
