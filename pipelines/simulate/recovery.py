"""The recovery test: what a run made of simulated files, beside the truth they were made from.

`python -m pipelines.simulate.recovery DIR OUT` compares DIR/truth with OUT/warehouse.duckdb and prints the counts; exit 1 when they differ.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines import reference as declarations
from pipelines.progress import say
from pipelines.simulate.truth import as_text

# Every figure in force beside its truth; null on one side where only the other has it.
_FIGURES = """
WITH truth AS (SELECT * FROM read_parquet('{truth}/figures.parquet')),
found AS (
  SELECT f.form_id, f.region_id, f.period, f.span, f.basis, f.dimension, f.measure, f.value, f.obs_status, f.qualifier, l.path, f.sheet, f.cell
  FROM run.figures AS f JOIN run.ledger AS l USING (submission_id)
)
SELECT
  coalesce(t.path, f.path) AS path, coalesce(t.cell, f.cell) AS cell, coalesce(t.kind, 'none') AS kind,
  coalesce(t.form_id, f.form_id) AS form_id, coalesce(t.region_id, f.region_id) AS region_id, coalesce(t.period, f.period) AS period,
  coalesce(t.span, f.span) AS span, coalesce(t.dimension, f.dimension) AS dimension, coalesce(t.measure, f.measure) AS measure,
  t.truth, t.value AS expected, f.value AS found, t.obs_status AS expected_status, f.obs_status AS found_status,
  t.qualifier AS expected_qualifier, f.qualifier AS found_qualifier,
  t.form_id IS NOT NULL AND f.form_id IS NOT NULL AND t.value IS NOT DISTINCT FROM CAST(f.value AS DECIMAL(24,6))
    AND t.obs_status = f.obs_status AND t.qualifier = f.qualifier AND t.path = f.path AND t.sheet = f.sheet AND t.cell = f.cell AS same,
  t.truth IS NOT DISTINCT FROM t.value AND t.obs_status = 'reported' AS plain
FROM truth AS t FULL JOIN found AS f
  ON f.form_id = t.form_id AND f.region_id = t.region_id AND f.period = t.period AND f.span = t.span AND f.basis = t.basis
 AND f.dimension = t.dimension AND f.measure = t.measure
"""

# Sums of regions: the plain measure of a form is an indicator of the same name.
_SUMS = """
WITH truth AS (SELECT * FROM read_parquet('{truth}/sums.parquet'))
SELECT
  t.form_id, t.region_id, t.period, t.span, t.category, t.measure, t.truth, t.value AS expected, i.value AS found,
  i.value IS NOT NULL AND CAST(i.value AS DECIMAL(24,6)) = t.value AND i.obs_status <> 'partial' AS same
FROM truth AS t
LEFT JOIN run.indicators AS i
  ON i.indicator_id = t.form_id || '.' || t.measure AND i.region_id = t.region_id AND i.period = t.period AND i.span = t.span
 AND i.basis = t.basis AND i.category = t.category
"""

_FINDINGS = """
WITH planted AS (
  SELECT path, coalesce(sheet, '') AS sheet, coalesce(cell, '') AS cell, check_id, rule_id, severity, mess
  FROM read_csv('{truth}/findings.csv', all_varchar = true, header = true)
),
found AS (
  SELECT DISTINCT l.path, coalesce(q.sheet, '') AS sheet, coalesce(q.cell, '') AS cell, q.check_id, q.rule_id, q.severity, q.message_zh
  FROM run.quality_findings AS q JOIN run.ledger AS l USING (submission_id)
)
SELECT
  coalesce(p.path, f.path) AS path, coalesce(p.sheet, f.sheet) AS sheet, coalesce(p.cell, f.cell) AS cell,
  coalesce(p.check_id, f.check_id) AS check_id, coalesce(p.rule_id, f.rule_id) AS rule_id, coalesce(p.severity, f.severity) AS severity, p.mess, any_value(f.message_zh) AS message_zh,
  p.path IS NOT NULL AS planted, f.path IS NOT NULL AS found
FROM planted AS p FULL JOIN found AS f
  ON f.path = p.path AND f.sheet = p.sheet AND f.cell = p.cell AND f.check_id = p.check_id AND f.rule_id = p.rule_id AND f.severity = p.severity
GROUP BY ALL
"""

_VERDICTS = """
WITH truth AS (
  SELECT path, verdict, coalesce(on_time, '') AS on_time, mess FROM read_csv('{truth}/verdicts.csv', all_varchar = true, header = true)
),
found AS (
  SELECT l.path, s.verdict, coalesce(CAST(s.on_time AS VARCHAR), '') AS on_time
  FROM run.ledger AS l LEFT JOIN run.submissions AS s USING (submission_id)
)
SELECT coalesce(t.path, f.path) AS path, t.mess, t.verdict AS expected, f.verdict AS found, t.on_time AS expected_on_time, f.on_time AS found_on_time,
  coalesce(t.verdict = f.verdict AND t.on_time = f.on_time, FALSE) AS same
FROM truth AS t FULL JOIN found AS f ON f.path = t.path
"""


@dataclass
class Recovery:
    """Counts, and the first differences of each sort in words."""

    figures: int = 0
    figures_same: int = 0
    true_figures: int = 0
    true_same: int = 0
    entries: int = 0
    entries_same: int = 0
    sums: int = 0
    sums_same: int = 0
    planted: int = 0
    planted_found: int = 0
    unplanted: int = 0
    files: int = 0
    verdicts_same: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return (self.figures == self.figures_same and self.entries == self.entries_same and self.sums == self.sums_same and self.planted == self.planted_found
                and not self.unplanted and self.files == self.verdicts_same)

    def __str__(self) -> str:
        return (f"真值找回 / truth recovered {self.true_same:,}/{self.true_figures:,}   受错误影响的数 / figures that an error touches "
                f"{self.figures_same - self.true_same:,}/{self.figures - self.true_figures:,}   "
                f"登记表 / registers {self.entries_same:,}/{self.entries:,}   上级之和 / sums {self.sums_same:,}/{self.sums:,}   "
                f"埋设的问题 / planted {self.planted:,}，找到 / found {self.planted_found:,}，未埋设而报出 / unplanted {self.unplanted:,}   "
                f"结论 / verdicts {self.verdicts_same:,}/{self.files:,}")


def compare(folder: Path, out: Path, shown: int = 20) -> Recovery:
    """The truth of a simulated folder beside the warehouse of a run over it; `shown` differences of each sort are put into words."""
    import duckdb

    result = Recovery()
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    con.execute(f"ATTACH '{out / 'warehouse.duckdb'}' AS run (READ_ONLY)")
    truth = (folder / "truth").as_posix()

    def table(name: str, sql: str) -> None:
        con.execute(f"CREATE TEMP TABLE {name} AS {sql.replace('{truth}', truth)}")

    def rows(sql: str) -> list[tuple]:
        return con.execute(sql).fetchall()

    table("figures", _FIGURES)
    (result.figures, result.figures_same, result.true_figures, result.true_same) = rows(
        "SELECT count(*), coalesce(sum(same::INT), 0), coalesce(sum(plain::INT), 0), coalesce(sum((plain AND same)::INT), 0) FROM figures")[0]
    result.entries, result.entries_same, differing = _registers(con, folder / "truth" / "registers.parquet")
    result.differences += differing[:shown]
    table("sums", _SUMS)
    result.sums, result.sums_same = rows("SELECT count(*), coalesce(sum(same::INT), 0) FROM sums")[0]
    table("findings", _FINDINGS)
    result.planted, result.planted_found, result.unplanted = rows(
        "SELECT coalesce(sum(planted::INT), 0), coalesce(sum((planted AND found)::INT), 0), coalesce(sum((NOT planted)::INT), 0) FROM findings")[0]
    table("verdicts", _VERDICTS)
    result.files, result.verdicts_same = rows("SELECT count(*), coalesce(sum(same::INT), 0) FROM verdicts")[0]
    for row in rows(f"SELECT path, cell, measure, truth, expected, expected_status, expected_qualifier, found, found_status, found_qualifier "
                    f"FROM figures WHERE NOT coalesce(same, FALSE) ORDER BY ALL LIMIT {shown}"):
        result.differences.append("figure {} {} {}: truth {}, expected {} {} {}, found {} {} {}".format(*row))
    for row in rows(f"SELECT form_id, region_id, period, span, category, measure, expected, found FROM sums WHERE NOT coalesce(same, FALSE) "
                    f"ORDER BY ALL LIMIT {shown}"):
        result.differences.append("sum {} {} {} {} {} {}: expected {}, found {}".format(*row))
    for row in rows(f"SELECT CASE WHEN planted THEN 'not found' ELSE 'not planted' END, path, sheet, cell, check_id, rule_id, severity, mess, message_zh "
                    f"FROM findings WHERE planted <> found ORDER BY ALL LIMIT {shown}"):
        result.differences.append("{}: {} {}!{} {} {} {} ({}) {}".format(*row))
    for row in rows(f"SELECT path, mess, expected, found, expected_on_time, found_on_time FROM verdicts WHERE NOT same ORDER BY ALL LIMIT {shown}"):
        result.differences.append("verdict {} ({}): expected {}, found {}; on time expected {}, found {}".format(*row))
    con.close()
    return result


def _registers(con, path: Path) -> tuple[int, int, list[str]]:
    """Entries of registers, how many are as they should be, and the others in words."""
    true: dict[tuple[str, str, str], str] = {}
    for form_id, key, column, value, _ in con.execute(f"SELECT * FROM read_parquet('{path}')").fetchall():
        true[form_id, key, column] = value
    found: dict[tuple[str, str, str], str] = {}
    forms = {form.id: form for form in declarations.load().forms.values() if form.kind == "register"}
    for form in forms.values():
        cursor = con.execute(f"SELECT r.* FROM run.{form.table} AS r JOIN run.reported_rows AS p ON p.in_force AND p.form_id = '{form.id}' "
                             "AND p.submission_id = r.submission_id AND p.sheet = r.sheet AND p.\"row\" = r.\"row\"")
        names = [d[0] for d in cursor.description]
        wanted = {"region_id", "period", *form.measure_by_id, *form.field_by_id}
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            key = "|".join(str(row[name]) for name in form.row_key)
            found |= {(form.id, key, name): as_text(value) for name, value in row.items() if name in wanted and value is not None}
    every = sorted(true.keys() | found.keys())
    wrong = [k for k in every if true.get(k) != found.get(k)]
    return len(every), len(every) - len(wrong), [f"register {' '.join(k)}: expected {true.get(k)}, found {found.get(k)}" for k in wrong]


def main(arguments: Sequence[str]) -> int:
    """DIR OUT: compare and print."""
    if len(arguments) != 2 or not (Path(arguments[0]) / "truth").is_dir() or not (Path(arguments[1]) / "warehouse.duckdb").exists():
        say("python -m pipelines.simulate.recovery DIR OUT：DIR 由 worksafety simulate 生成，OUT 是它的运行结果 / DIR made by simulate, OUT by run")
        return 2
    result = compare(Path(arguments[0]), Path(arguments[1]))
    for line in result.differences:
        say(line)
    print(result)
    return 0 if result.complete else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
