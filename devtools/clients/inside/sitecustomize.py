"""Lets pg_chameleon run here: Python imports this first where its directory is in PYTHONPATH.

Release 2.0.21 refuses to run as root, and release 1.8.2 connects to MySQL at port 3306 whatever its
configuration says.
"""

from __future__ import annotations

import functools
import os

os.geteuid = lambda: 1000

if "TEST_MYSQL_PORT" in os.environ:
    import pymysql

    pymysql.connect = functools.partial(  # type: ignore[assignment]
        pymysql.connect, port=int(os.environ["TEST_MYSQL_PORT"])
    )
