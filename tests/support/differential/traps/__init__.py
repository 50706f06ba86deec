"""Logs that a careless fold would replay wrongly, by the reason."""

from __future__ import annotations

from tests.support.differential.traps.ddl import DDL
from tests.support.differential.traps.images import IMAGES
from tests.support.differential.traps.indexes import INDEXES
from tests.support.differential.traps.keys import KEYS
from tests.support.differential.traps.names import NAMES
from tests.support.differential.traps.reach import REACH
from tests.support.differential.traps.references import REFERENCES

TRAPS = KEYS | IMAGES | INDEXES | REACH | REFERENCES | NAMES | DDL
"""Each log by its name."""
