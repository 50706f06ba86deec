from pathlib import Path
from sqlalchemy import create_engine
from chameleon_migrations.location import sql
D=Path(__file__).parent/"data"/"recorded-1.7"
SOURCES={"mysql":{"my_schema_01":"db_schema_01","my_schema_02":"db_schema_02"}}
def load(url):
    e=create_engine(url)
    with e.begin() as c:
        def x(s): c.exec_driver_sql(s, execution_options={"no_parameters": True})
        x("CREATE SCHEMA sch_chameleon")
        x(sql("1.7/schema.sql")); x(sql("1.7/fn_refresh_parts.sql"))
        x("CREATE VIEW sch_chameleon.v_version AS SELECT '1.7'::text AS t_version")
        t=(D/"catalogue-data.sql").read_text()
        first=t[:t.index(";\n")+1]; rest=t[len(first):]
        x(first); x("SELECT sch_chameleon.fn_refresh_parts()"); x(rest); x((D/"replica.sql").read_text())
    e.dispose()
