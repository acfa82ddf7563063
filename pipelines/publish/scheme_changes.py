"""What a change of the assessment schemes did to the scores of a release: said at the end of a run."""

from __future__ import annotations

from pathlib import Path

import duckdb

RULES = "SELECT scheme_id, kind, rule_id, points, rule_zh, name_zh FROM read_parquet(?)"


def told(release: Path, previous: Path | None) -> list[str]:
    """A line for each scheme whose rules differ from the release before: which rules, how many scores, and how many other numbers changed."""
    old, new = (folder / "parquet" / "scheme_rules.parquet" for folder in (previous or release, release))
    if previous is None or not old.exists():
        return []
    with duckdb.connect() as con:
        before, after = ({tuple(row[:3]): row[3:] for row in con.execute(RULES, [str(path)]).fetchall()} for path in (old, new))
        revised = con.execute('SELECT "table", key FROM read_parquet(?) WHERE release = ?',
                              [str(release / "parquet" / "revisions.parquet"), release.name]).fetchall()
    lines = []
    for scheme_id in sorted({key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}):
        rules = [_change(key, before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys())
                 if key[0] == scheme_id and before.get(key) != after.get(key)]
        scores = sum(table == "assessment_scores" and f"scheme_id={scheme_id};" in key for table, key in revised)
        others = sum(table not in ("assessment_scores", "assessment_items") for table, _ in revised)
        lines.append(f"方案 / scheme {scheme_id}: {', '.join(rules)}; 改变 / changed: {scores} 个得分 / scores, {others} 个其他数字 / other numbers")
    return lines


def _change(key: tuple, before: tuple | None, after: tuple | None) -> str:
    _, _, rule_id = key
    if before is None:
        return f"+{rule_id}"
    if after is None:
        return f"-{rule_id}"
    if before[0] != after[0]:
        return f"{rule_id} {_number(before[0])} → {_number(after[0])}"
    return f"{rule_id}: {before[1]} → {after[1]}"


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:g}"
