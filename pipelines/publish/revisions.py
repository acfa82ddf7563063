"""What changed between two releases, number by number, and why."""

from __future__ import annotations

from pathlib import Path

from pipelines.engines.warehouse import Warehouse, quote
from transforms import catalogue

COLUMNS = {"release": "VARCHAR", "previous_release": "VARCHAR", "table": "VARCHAR", "key": "VARCHAR", "old_value": "DOUBLE",
           "new_value": "DOUBLE", "reason": "VARCHAR", "correction": "VARCHAR"}


def build(warehouse: Warehouse, release: str, previous: Path | None) -> int:
    """Make the table `revisions`: all that earlier releases listed, and what this one changes. Returns the new lines.

    A number that was not there before is not a revision; one that is gone is (`withdrawn`). The reason of a reported figure is that a newer
    submission replaced it (corrected, or recovered by an identity), or that of the entry of corrections.yml that changed it, which is listed
    where there was no number before, too; of a computed one that its inputs changed, or, where none did, that its definition or configuration did. Of a
    score that an objection changed it is the objection, which is named; where other items of the region changed as well, its inputs did.
    """
    con = warehouse.con
    warehouse.replace("revisions", COLUMNS, [])
    if previous is None:
        return 0
    history = previous / "parquet" / "revisions.parquet"
    there = {row[0] for row in con.execute("SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet(?))", [str(history)]).fetchall()}
    names = ", ".join(quote(c) if c in there else f"NULL AS {quote(c)}" for c in COLUMNS)  # older releases have fewer columns
    con.execute(f"INSERT INTO revisions SELECT {names} FROM read_parquet(?)", [str(history)])
    decided = previous / "parquet" / "corrections.parquet"
    before = con.execute("SELECT count(*) FROM read_parquet(?)", [str(decided)]).fetchone()[0] if decided.exists() else 0
    corrected = con.execute("SELECT count(*) FROM corrections").fetchone()[0] != before
    _objected(con, previous)
    for table, spec in sorted(catalogue.published().items(), key=lambda item: item[0] != "figures"):
        if "value" not in spec or not (previous / "parquet" / f"{table}.parquet").exists():  # a table that is new has nothing to revise
            continue
        value = quote(spec["value"])
        types = {c["name"]: c["type"] for c in spec["columns"]}
        text = [f"coalesce(CAST({{side}}.{quote(k)} AS VARCHAR), '')" for k in spec["key"] if types[k]]
        key = " || ';' || ".join(f"'{k}=' || {t}" for k, t in zip(spec["key"], text, strict=True))
        join = " AND ".join(f"o.{quote(k)} IS NOT DISTINCT FROM n.{quote(k)}" for k in spec["key"])
        if table == "figures":
            reason = ("CASE WHEN n.region_id IS NULL THEN 'withdrawn' WHEN n.correction IS NOT NULL THEN n.correction_reason "
                      "WHEN n.qualifier = 'recovered' THEN 'recovered' ELSE 'corrected' END")
        else:
            reason = ("CASE WHEN n.region_id IS NULL THEN 'withdrawn' WHEN (SELECT count(*) FROM revisions WHERE release = $release "
                      "AND \"table\" = 'figures') > 0 THEN 'inputs_changed' ELSE $other END")
        named, objected = ("n.correction" if table == "figures" else "NULL"), ""
        if table in ("assessment_items", "assessment_scores"):
            # The items come before the scores, so that what else changed a score is known.
            reason = reason.replace("'withdrawn' ", "'withdrawn' WHEN d.objection IS NOT NULL AND d.alone THEN 'objection' ", 1)
            named, item = "d.objection", "i.item_id" if table == "assessment_items" else "CAST(NULL AS VARCHAR)"
            objected = (f" LEFT JOIN (SELECT i.scheme_id, i.period, i.region_id, {item} AS item_id, string_agg(DISTINCT i.objection, ', ' ORDER BY i.objection) AS objection, "
                        "bool_and(NOT EXISTS (SELECT 1 FROM revisions AS v WHERE v.release = $release AND v.\"table\" = 'assessment_items' AND v.reason <> 'objection' "
                        "AND starts_with(v.key, 'scheme_id=' || i.part_id || ';period=' || i.period || ';region_id=' || i.region_id || ';'))) AS alone "
                        "FROM objected AS i GROUP BY ALL) AS d ON d.scheme_id = n.scheme_id AND d.period = n.period AND d.region_id = n.region_id"
                        + (" AND d.item_id = n.item_id" if table == "assessment_items" else ""))
        received = con.execute("SELECT count(*) FROM ledger WHERE received_at <= (SELECT as_of FROM parameters)").fetchone()[0]
        added = corrected or received != con.execute(
            "SELECT count(*) FROM read_parquet(?)", [str(previous / "parquet" / "submissions.parquet")]).fetchone()[0]
        parameters = {"release": release, "previous": previous.name, "old": str(previous / "parquet" / f"{table}.parquet")}
        if table != "figures":
            parameters["other"] = "inputs_changed" if added else "definition_changed"
        con.execute(
            f"""INSERT INTO revisions
SELECT $release, $previous, '{table}', {key.format(side='o')}, CAST(o.{value} AS DOUBLE), CAST(n.{value} AS DOUBLE), {reason},
  {named}
FROM read_parquet($old) AS o LEFT JOIN {table} AS n ON {join}{objected}
WHERE o.{value} IS NOT NULL AND CAST(n.{value} AS DOUBLE) IS DISTINCT FROM CAST(o.{value} AS DOUBLE)""",
            parameters,
        )
        if table == "figures":
            con.execute(
                f"""INSERT INTO revisions
SELECT $release, $previous, 'figures', {key.format(side='n')}, NULL, CAST(n.value AS DOUBLE), n.correction_reason, n.correction
FROM figures AS n LEFT JOIN read_parquet($old) AS o ON {join}
WHERE n.correction IS NOT NULL AND n.value IS NOT NULL AND o.value IS NULL""",
                parameters,
            )
    return con.execute("SELECT count(*) FROM revisions WHERE release = ?", [release]).fetchone()[0]


def _objected(con, previous: Path) -> None:
    """`objected`: the objections decided since the release before, by the items and the schemes whose scores they are about: the scheme, and a whole it is
    a part of (`part_id`: where the items are).
    """
    decided = previous / "parquet" / "objections.parquet"
    before = "SELECT objection, new_value FROM read_parquet($decided)" if decided.exists() else "SELECT NULL AS objection, NULL AS new_value WHERE FALSE"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE objected AS
WITH decided AS (
  SELECT o.scheme_id, o.assessment_period AS period, o.region_id, o.item_id, o.objection
  FROM objections AS o
  LEFT JOIN ({before}) AS b ON b.objection = o.objection AND b.new_value IS NOT DISTINCT FROM CAST(o.new_value AS DOUBLE)
  WHERE o.state IN ('upheld', 'partly') AND b.objection IS NULL
)
SELECT scheme_id, scheme_id AS part_id, period, region_id, item_id, objection FROM decided
UNION
SELECT d.scheme_id, d.scheme_id, d.period, d.region_id, r.group_id, d.objection
FROM decided AS d JOIN scheme_rules AS r ON r.scheme_id = d.scheme_id AND r.rule_id = d.item_id AND r.kind = 'item'
UNION
SELECT r.scheme_id, d.scheme_id, d.period, d.region_id, d.item_id, d.objection
FROM decided AS d JOIN scheme_rules AS r ON r.rule_id = d.scheme_id AND r.kind = 'part'""",
        {"decided": str(decided)} if decided.exists() else {})
