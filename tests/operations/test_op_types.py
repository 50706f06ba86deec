"""What a type checker and an editor know of ``op`` in a user's revision, against what is registered with alembic."""

from __future__ import annotations
import __future__

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.config_file import ROOT

PACKAGE = ROOT / "chameleon_migrations"


def _registered() -> Iterator[tuple[str, inspect.Signature]]:
    """Yield the name of each operation that we register with alembic, and how it is called."""
    for path in sorted((PACKAGE / "operations").glob("*.py")):
        module = importlib.import_module(f"chameleon_migrations.operations.{path.stem}")
        for node in ast.walk(ast.parse(path.read_text())):
            for decorator in node.decorator_list if isinstance(node, ast.ClassDef) else ():
                assert isinstance(node, ast.ClassDef)
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(
                    "register_operation"
                ):
                    name, *method = map(ast.literal_eval, decorator.args)
                    called = inspect.signature(
                        getattr(getattr(module, node.name), method[0] if method else name)
                    )
                    _, *parameters = called.parameters.values()  # the first is alembic's own
                    yield name, called.replace(parameters=parameters)


REGISTERED = dict(_registered())


def _typed() -> dict[str, inspect.Signature]:
    """Return what ``op.pyi`` itself defines."""
    names: dict[str, object] = {}
    source = (PACKAGE / "op.pyi").read_text()
    exec(compile(source, "op.pyi", "exec", __future__.annotations.compiler_flag), names)
    functions = (
        one for one in names.values() if inspect.isfunction(one) and one.__code__.co_filename == "op.pyi"
    )
    return {function.__name__: inspect.signature(function) for function in functions}


def test_every_operation_is_typed_and_nothing_else() -> None:
    """What is registered can be called in a typed revision, and what is typed is registered."""
    assert _typed().keys() == REGISTERED.keys()


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_an_operation_is_typed_as_it_is_called(name: str) -> None:
    """The same parameters, defaults and types."""
    assert str(_typed()[name]) == str(REGISTERED[name])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ('op.rename_schema("old", "new"); op.drop_table("t", schema="s"); op.lock_catalogue()', None),
        ("op.rename_schema(1, 2)", 'expected "str"'),
        ("op.rename_scheme('old', 'new')", 'has no attribute "rename_scheme"'),
    ],
)
def test_a_user_s_revision_is_checked(statement: str, complaint: str | None, tmp_path: Path) -> None:
    """Mypy passes what is right, our operations and alembic's, and names what is not."""
    revision = tmp_path / "revision.py"
    revision.write_text(f"from chameleon_migrations import op\n\n\ndef upgrade() -> None:\n    {statement}\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", revision],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if complaint:
        assert complaint in done.stdout
    else:
        assert done.returncode == 0, done.stdout
