"""What changed between two releases, number by number, and why."""

from __future__ import annotations

from pathlib import Path

from pipelines.engines.warehouse import Warehouse, quote
from transforms import catalogue

COLUMNS = {"release": "VARCHAR", "previous_release": "VARCHAR", "table": "VARCHAR", "key": "VARCHAR", "old_value": "DOUBLE",
           "new_value": "DOUBLE", "reason": "VARCHAR"}


def build(warehouse: Warehouse, release: str, previous: Path | None) -> int:
    """Make the table `revisions`: all that earlier releases listed, and what this one changes. Returns the new lines.

    A number that was not there before is not a revision; one that is gone is (`withdrawn`). The reason of a reported figure is that a newer
    submission replaced it (corrected, or recovered by an identity); of a computed one that its inputs changed, or, where no figure did,
    that its definition or configuration did.
    """
    con = warehouse.con
    warehouse.replace("revisions", COLUMNS, [])
    if previous is None:
        return 0
    history = previous / "parquet" / "revisions.parquet"
    names = ", ".join(quote(c) for c in COLUMNS)
    con.execute(f"INSERT INTO revisions SELECT {names} FROM read_parquet(?)", [str(history)])
    for table, spec in sorted(catalogue.published().items(), key=lambda item: item[0] != "figures"):
        if "value" not in spec:
            continue
        value = quote(spec["value"])
        types = {c["name"]: c["type"] for c in spec["columns"]}
        text = [f"coalesce(CAST({{side}}.{quote(k)} AS VARCHAR), '')" for k in spec["key"] if types[k]]
        key = " || ';' || ".join(f"'{k}=' || {t}" for k, t in zip(spec["key"], text, strict=True))
        join = " AND ".join(f"o.{quote(k)} IS NOT DISTINCT FROM n.{quote(k)}" for k in spec["key"])
        if table == "figures":
            reason = "CASE WHEN n.region_id IS NULL THEN 'withdrawn' WHEN n.qualifier = 'recovered' THEN 'recovered' ELSE 'corrected' END"
        else:
            reason = ("CASE WHEN n.region_id IS NULL THEN 'withdrawn' WHEN (SELECT count(*) FROM revisions WHERE release = $release "
                      "AND \"table\" = 'figures') > 0 THEN 'inputs_changed' ELSE $other END")
        added = con.execute(
            "SELECT count(*) FROM ledger WHERE received_at <= (SELECT as_of FROM parameters)"
        ).fetchone()[0] != con.execute("SELECT count(*) FROM read_parquet(?)", [str(previous / "parquet" / "submissions.parquet")]).fetchone()[0]
        parameters = {"release": release, "previous": previous.name, "old": str(previous / "parquet" / f"{table}.parquet")}
        if table != "figures":
            parameters["other"] = "inputs_changed" if added else "definition_changed"
        con.execute(
            f"""INSERT INTO revisions
SELECT $release, $previous, '{table}', {key.format(side='o')}, CAST(o.{value} AS DOUBLE), CAST(n.{value} AS DOUBLE), {reason}
FROM read_parquet($old) AS o LEFT JOIN {table} AS n ON {join}
WHERE o.{value} IS NOT NULL AND CAST(n.{value} AS DOUBLE) IS DISTINCT FROM CAST(o.{value} AS DOUBLE)""",
            parameters,
        )
    return con.execute("SELECT count(*) FROM revisions WHERE release = ?", [release]).fetchone()[0]
