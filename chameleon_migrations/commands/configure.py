"""The command ``configure``: pg_chameleon 2's configuration file, written from those of 1.8.2."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import yaml
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from chameleon_migrations import visible
from chameleon_migrations.config import old_files, settings, translation
from chameleon_migrations.config.old_files import OldFile
from chameleon_migrations.errors import UserError
from chameleon_migrations.running.options import check_options


def run(config: Config, files: Sequence[str], *, to_stdout: bool) -> None:
    """Write the new configuration file, and say what of the old ones has no counterpart in it.

    Args:
        config: Alembic's configuration; its ``-x config=`` names the file to write.
        files: Paths of old files; without any, all of ``~/.pg_chameleon/config``.
        to_stdout: Print the file, with the passwords that it holds, instead of writing it.

    Raises:
        UserError: A new file cannot say what the old ones say, or it is there already.
    """
    path = _target(config)
    old = old_files.read(files)
    content = yaml.safe_dump(translation.translate(old), allow_unicode=True, sort_keys=False)
    _refuse_differences(path, content, old)
    if to_stdout:
        config.stdout.write(content)
        return
    _write(path, content)
    config.print_stdout("%s: written from %s", path, ", ".join(str(file.path) for file in old))
    for note in translation.notes(old):
        config.print_stdout("  %s", visible.line(note))


def _refuse_differences(path: Path, content: str, old: Sequence[OldFile]) -> None:
    """Refuse a new file that does not replicate exactly what the old ones do, before it is there."""
    try:
        new = settings.parse(path, content)
    except UserError as error:
        raise UserError(
            f"a new file cannot say what the old files say ({error}); nothing was written"
        ) from None
    written = {
        (source.mysql.host, *pair) for source in new.sources for pair in source.schema_mappings.items()
    }
    differences = written.symmetric_difference(translation.pairs(old))
    if differences:
        found = ", ".join(f"{schema} -> {destination}" for _, schema, destination in sorted(differences))
        raise UserError(
            f"a new file cannot say what the old files say ({found}); nothing was written: name the files of fewer "
            "sources after 'configure'"
        )


def _target(config: Config) -> Path:
    options = EnvironmentContext(config, ScriptDirectory.from_config(config)).get_x_argument(
        as_dictionary=True
    )
    check_options(options)
    return settings.find(
        options.get("config"), os.environ.get("CHAMELEON_CONFIG"), config.get_main_option("chameleon_config")
    )


def _write(path: Path, content: str) -> None:
    """Create the file, for its owner alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(
            os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(content)
    except FileExistsError:
        raise UserError(
            f"{path} is there already and was not changed: name another with --config, or print with --stdout"
        ) from None
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; needed: a place for the new configuration file") from None
