"""The walk back: from a released number to its formula, its inputs, and the cells of the files it came from."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path

import duckdb

from pipelines.corrections import REASONS
from pipelines.engines.warehouse import literal, quote
from pipelines.progress import say
from pipelines.reference import BEFORE
from transforms import catalogue, categories, periods

LIMIT = 20
PEOPLE = {"figures": "报送数字 / figure", "indicators": "指标 / indicator", "comparisons": "比较 / comparison", "rankings": "名次 / rank",
          "benchmarks": "对标 / benchmark",
          "target_progress": "进度 / progress", "registered": "登记表中的一行 / row of the register", "printed_base": "随数印出的基数 / base printed beside the value",
          "reporting_duties": "应报 / report due", "assessment_scores": "考核得分 / assessment score", "assessment_items": "条目 / item",
          "scheme_rules": "条款 / rule", "scored": "评分单位所填 / as scored", "counted": "计数 / counted",
          "accidents": "登记的事故 / accident", "quality_findings": "问题 / finding", "major_hazards": "重大隐患 / major hazard"}


REASON_ZH = {code: zh for zh, code in REASONS.items()}


class Walk:
    """Reads one release and the ledger beside it; builds a tree of dicts: {table, row, formula, sql, inputs, source}."""

    def __init__(self, out: Path):
        self.release = (out / "releases" / "latest").resolve()
        self.con = duckdb.connect()
        self.con.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
        for table in catalogue.published():
            if not (self.release / "parquet" / f"{table}.parquet").exists():
                continue  # a release of an earlier version of the program
            path = literal(str(self.release / "parquet" / f"{table}.parquet"))
            self.con.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({path})")
        warehouse = out / "warehouse.duckdb"
        self.as_of, self.as_known = self._as_of(), True
        self.registered: set[tuple[str, str]] = set()  # the numbers that are counted from the rows of a register
        self.states: set[tuple[str, str]] = set()  # those of which a longer stretch has what was so at its end
        self.denominators: set[tuple[str, str]] = set()  # those of which a region without one has the sum of its divisions
        self.summed: set[tuple[str, str]] = set()  # those whose total is the sum over the categories where none was sent
        self.codes: dict[str, list[str]] = {}  # of a region whose code changed: all of them, its own first
        self.paths: dict[str, str] = {}
        self.notes: dict[tuple[str, str, str], str] = {}
        self.warehouse = warehouse if warehouse.exists() else None
        if self.warehouse:
            self._ledger(warehouse)

    def _as_of(self) -> dt.datetime:
        manifest = json.loads((self.release / "manifest.json").read_text(encoding="utf-8"))
        return dt.datetime.fromisoformat(manifest["as_of"]).replace(tzinfo=None)

    def _ledger(self, warehouse: Path) -> None:
        """File names and the notes beside the rows: they stay in the house and are only in the warehouse."""
        try:
            con = duckdb.connect(str(warehouse), read_only=True)
        except duckdb.IOException:  # a run is writing; the walk goes on without them
            say("数据仓库正被使用，暂不显示文件名 / the warehouse is in use; file names are left out")
            self.warehouse = None
            return
        with con:
            cursor = con.execute("SELECT * FROM form_measures")  # one of an earlier version of the program has fewer columns
            measures = [dict(zip([d[0] for d in cursor.description], row, strict=True)) for row in cursor.fetchall()]
            self.registered = {(m["form_id"], m["measure"]) for m in measures if m["kind"] in ("events", "event_stock")}
            self.states = {(m["form_id"], m["measure"]) for m in measures if m["kind"] == "state"}
            self.denominators = {(m["form_id"], m["measure"]) for m in measures if m.get("from_parts")}
            self.summed = {(m["form_id"], m["measure"]) for m in measures if m.get("summed")}
            self.codes = dict(con.execute(
                "SELECT a.region_id, list(b.region_id ORDER BY b.region_id <> a.region_id, b.region_id) FROM region_lineage AS a "
                "JOIN region_lineage AS b ON b.canonical_id = a.canonical_id GROUP BY a.region_id HAVING count(*) > 1").fetchall())
            self.paths = dict(con.execute("SELECT submission_id, path FROM ledger").fetchall())
            tables = con.execute("SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'rows_')").fetchall()
            for (table,) in tables:
                rows = con.execute(f'SELECT submission_id, sheet, CAST("row" AS VARCHAR), note FROM {table} WHERE note IS NOT NULL').fetchall()
                self.notes |= {(submission, sheet, row): note for submission, sheet, row, note in rows}

    def rows(self, sql: str, *values: object) -> list[dict]:
        cursor = self.con.execute(sql, list(values))
        names = [d[0] for d in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def find(self, table: str, keys: dict[str, str]) -> list[dict]:
        """The rows of a released table whose columns equal the given texts, in key order."""
        where = " AND ".join(f"CAST({quote(k)} AS VARCHAR) = ?" for k in keys) or "TRUE"
        order = ", ".join(quote(k) for k in catalogue.published()[table]["key"])
        return self.rows(f"SELECT * FROM {table} WHERE {where} ORDER BY {order} LIMIT {LIMIT + 1}", *keys.values())

    def explain(self, table: str, row: dict) -> dict:
        """The tree below one row."""
        made_by = f"transforms/{table}.sql" if table in catalogue.tables() else f"pipelines/publish/{table}.py"
        node = {"table": table, "row": row, "sql": made_by}
        walker = getattr(self, f"_{table}", None)
        if walker:
            walker(node, row)
        elif row.get("submission_id"):
            node["source"] = self.source(row)
        return node

    def source(self, row: dict) -> dict:
        """File, sheet and cell of a row that has them."""
        submission_id = row.get("submission_id")
        found = self.rows("SELECT received_at, verdict, file_sha256 FROM submissions WHERE submission_id = ?", submission_id)
        return {
            "submission_id": submission_id,
            "file": self.paths.get(submission_id, submission_id),
            "sheet": row.get("sheet") or "",
            "cell": row.get("cell") or "",
            "note": self.notes.get((submission_id, row.get("sheet") or "", re.sub(r"\D", "", row.get("cell") or "")), ""),
            **({"received_at": found[0]["received_at"], "file_sha256": found[0]["file_sha256"]} if found else {}),
        }

    # --- one walker a table ---

    def _figures(self, node: dict, row: dict) -> None:
        node["source"] = self.source(row)
        self._corrected(node, row)

    def _corrected(self, node: dict, row: dict) -> None:
        """The decision that changed a value, after the cell it was reported in."""
        if row.get("correction"):
            node["corrections"] = self.rows("SELECT * FROM corrections WHERE correction = ?", row["correction"])

    _corrections = _figures

    _denominators = _figures
    _figure_vintages = _figures
    _reconciliations = _figures
    _quality_findings = _figures
    _submissions = _figures

    def _indicators(self, node: dict, row: dict) -> None:
        catalogue_row = self.rows("SELECT * FROM indicator_catalogue WHERE indicator_id = ?", row["indicator_id"])[0]
        node["indicator"] = {"zh": catalogue_row["name_zh"], "en": catalogue_row["name_en"]}
        node["formula"] = catalogue_row["formula"]
        if row["denominator"] is not None:
            node["formula"] += f"  =  {_n(row['numerator'])} / {_n(row['denominator'])}"
        node["inputs"] = self._ways(row, catalogue_row["formula"])
        if row["obs_status"] == "as_reported":
            node["inputs"] = [
                {"table": "reconciliations", "row": r, "source": self.source(r)}
                for r in self.rows(
                    "SELECT * FROM reconciliations WHERE region_id = ? AND period = ? AND span = ? AND category = ? AND kind = 'rate'",
                    row["region_id"], row["period"], row["span"], row["category"])
            ]

    def _ways(self, row: dict, formula: str) -> list[dict]:
        """What a number was made of. Where there are several ways to it, the first of which all that was reported is there, and what must be 0 is."""
        first, *further = formula.split(" else ")
        found = self._terms(row, first)
        for way in further if not found else ():
            inputs = [self._terms(row, term) for term in re.findall(r"[A-Z]\w*\.\w+", way) if not self._is_registered(term)]
            if all(inputs) and not (way.startswith("0 if") and any(each["row"].get("value") for term in inputs for each in term)):
                return self._terms(row, way)
        return found

    def _is_registered(self, term: str) -> bool:
        form, _, measure = term.partition(".")
        return bool(self.warehouse) and (form, measure) in self.registered

    def _terms(self, row: dict, formula: str) -> list[dict]:
        inputs: list[dict] = []
        for form, measure, category, before in re.findall(rf"(F\w+|X\w+|\b[A-Z]\w*)\.(\w+)(?:\[(\w+)\])?({BEFORE})?", formula):
            if form == "LEDGER":
                return self._duties(row)  # numerator and denominator are of the same reports
            if self.warehouse and (form, measure) in self.registered:
                inputs += self._registered(row, form, measure, category or row["category"])
            elif (form, measure) in self.denominators:
                at = {**row, "period": periods.shift(row["period"], row["span"], "yoy")} if before else row
                inputs += self._denominator(at, form, measure, row["region_id"])
            else:
                inputs += self._measure(row, form, measure, category or row["category"], [row["region_id"]])
        return inputs

    def _duties(self, row: dict) -> list[dict]:
        """The reports that were due, those that did not come in time first."""
        first, last = _months(row)
        found = self.rows(
            """WITH RECURSIVE below AS (
  SELECT CAST(? AS VARCHAR) AS region_id UNION SELECT r.region_id FROM regions AS r JOIN below AS b ON b.region_id = r.parent_id WHERE r.included_in_parent)
SELECT d.* FROM reporting_duties AS d JOIN below AS b ON b.region_id = d.region_id
WHERE d.due_at IS NOT NULL AND d.state <> 'not_due' AND d.end_month BETWEEN ? AND ?
ORDER BY d.state = 'on_time', d.end_month, d.form_id, d.region_id LIMIT 1000""",
            row["region_id"], first, last)
        return [{"table": "reporting_duties", "row": duty, **({"source": self.source(duty)} if duty["submission_id"] else {})} for duty in found]

    def house(self, sql: str, values: list | dict) -> list[dict]:
        """Rows that stay in the house and are only in the warehouse; none without it."""
        if not self.warehouse:
            return []
        with duckdb.connect(str(self.warehouse), read_only=True) as con:
            if self.as_known and con.execute("SELECT as_of FROM parameters").fetchone()[0] != self.as_of:
                self.as_known = False
                say("登记表所列为数据仓库现在所知，与本版可能不同 / the rows of the register are as the warehouse knows them now, not as in this release")
            cursor = con.execute(sql, values)
            names = [d[0] for d in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _registered(self, row: dict, form: str, measure: str, category: str) -> list[dict]:
        """The rows of a register behind a number that was counted from it."""
        first, last = _months(row)
        found = self.house(
            """SELECT e.item, e.region_id, e.period, e.category, e.measure, e.value, e.submission_id, e.sheet, e."row", e.correction
FROM event_amounts AS e
JOIN region_ancestors AS r ON r.region_id = e.region_id AND r.ancestor_id IN (SELECT unnest($regions))
JOIN code_lineage AS k ON k.list = e.list AND k.code = e.category AND k.ancestor = $category
WHERE e.form_id = $form AND e.measure = $measure AND e.basis = $basis AND e.span = $span AND e.period BETWEEN $first AND $last
ORDER BY e.period, e.region_id, e.item""",
            {"regions": self.codes.get(row["region_id"], [row["region_id"]]) if row["span"] != "month" else [row["region_id"]], "category": category,
             "form": form, "measure": measure, "basis": row["basis"], "first": first, "last": last, "span": "stock" if row["span"] == "stock" else "month"},
        )
        nodes = []
        for item in found:
            shown = {k: item[k] for k in ("item", "region_id", "period", "category", "measure", "value")}
            node = {"table": "registered", "row": shown, "source": self.source({**item, "cell": f"A{item['row']}"})}
            self._corrected(node, item)
            nodes.append(node)
        return nodes

    def _measure(self, row: dict, form: str, measure: str, category: str, regions: list[str], source: str = "") -> list[dict]:
        """The figures behind a measure of regions: of each its own, its months, its categories, or its children's, level by level."""
        sources = self._sources(row, form, measure, category, regions)
        codes = {r: self.codes.get(r, [r]) for r in regions if sources.get(r, source or row["source"]) != "children"}
        asked = sorted({code for each in codes.values() for code in each})
        summed = category == "TOTAL" and (form, measure) in self.summed
        year = row["period"][:4]
        reported = self.rows(
            f"SELECT * FROM figures WHERE form_id = ? AND measure = ? AND (category IN (?, 'TOTAL') OR ?) AND region_id IN ({', '.join('?' * len(asked))}) "
            "AND value IS NOT NULL AND (basis = ? AND period LIKE ? OR span = 'stock' AND period IN (?, ?)) ORDER BY region_id, period, span, submission_id, sheet, "
            "TRY_CAST(regexp_extract(cell, '[0-9]+$') AS INTEGER)",
            form, measure, category, summed, *asked, row["basis"], f"{year}%", row["period"], year) if asked else []
        found: dict[tuple, dict] = {}
        for region in codes:
            for wanted in dict.fromkeys((category, "TOTAL")):  # a denominator may be known for all categories together only
                if own := self._own(row, form, measure, region, [f for f in reported if f["region_id"] in codes[region] and f["category"] == wanted]):
                    break
            else:
                cut = [f for f in reported if summed and f["region_id"] == region and f["period"] == row["period"] and f["span"] == row["span"]]
                own = categories.added_up(cut)
            found |= {(f["submission_id"], f["sheet"], f["cell"], f["span"], f["period"], f["region_id"]): f for f in own}
            sources |= {region: "own"} if own else {region: "children"}
        nodes = [self.explain("figures", f) for f in found.values()]
        above = [r for r in regions if sources.get(r, source or row["source"]) == "children"]
        children = [r["region_id"] for r in self.rows(
            f"SELECT DISTINCT region_id FROM regions WHERE parent_id IN ({', '.join('?' * len(above))}) AND included_in_parent ORDER BY region_id", *above)] if above else []
        return nodes + (self._measure(row, form, measure, category, children, "own") if children else [])

    def _own(self, row: dict, form: str, measure: str, region: str, figures: list[dict]) -> list[dict]:
        """Which figures a number of a region is made of. Those sent under another code of it belong to a stretch that its own do not fill."""

        def made(mine: list[dict]) -> list[dict]:
            standing = [f for f in mine if f["span"] == "stock" and row["span"] != "stock"]
            return standing or periods.made_of(mine, row["period"], row["span"], (form, measure) in self.states)

        found = made([f for f in figures if f["region_id"] == region])
        stretch = periods.months_of(row["period"], row["span"])
        whole = row["span"] == "stock" or any(f["span"] == "stock" or periods.months_of(f["period"], f["span"]) == stretch for f in found)
        return found if whole else made(figures)

    def _sources(self, row: dict, form: str, measure: str, category: str, regions: list[str]) -> dict[str, str]:
        """Where the number of each region came from: its own report, its months, or the regions inside it."""
        rows = self.rows(
            f"SELECT region_id, source FROM indicators WHERE indicator_id = ? AND category = ? AND region_id IN ({', '.join('?' * len(regions))}) "
            "AND (period = ? AND span = ? AND basis = ? OR span = 'stock' AND period IN (?, ?)) ORDER BY span <> 'stock'",
            f"{form}.{measure}", category, *regions, row["period"], row["span"], row["basis"], row["period"], row["period"][:4])
        return {r["region_id"]: r["source"] for r in rows}

    def _denominator(self, row: dict, form: str, measure: str, region: str) -> list[dict]:
        """The figures behind a denominator of a region: its own, or else those of its divisions."""
        names = periods.from_january(row["period"], row["span"]) or [row["period"]]
        own = self.rows(
            f"SELECT * FROM figures WHERE form_id = ? AND measure = ? AND region_id = ? AND period IN ({', '.join('?' * len(names))}) AND value IS NOT NULL "
            "AND obs_status <> 'disputed' ORDER BY period LIMIT 1", form, measure, region, *names)
        if own:
            return [self.explain("figures", own[0])]
        end = periods.months_of(row["period"], row["span"]).end + 1  # the first month after
        below = self.rows(
            "SELECT DISTINCT region_id FROM regions WHERE parent_id = $1 AND included_in_parent AND kind = 'division' "
            "AND (valid_from IS NULL OR valid_from < $2) AND (valid_to IS NULL OR valid_to >= $2) ORDER BY region_id", region, dt.date(end // 12, end % 12 + 1, 1))
        return [node for child in below for node in self._denominator(row, form, measure, child["region_id"])]

    def _comparisons(self, node: dict, row: dict) -> None:
        if row["base_value"] is not None:
            change, base = _n(row["change"]), _n(row["base_value"])
            node["formula"] = f"({_n(row['value'])} - {base}) / {base} x 100 = {change} / {base} x 100 = {_n(row['change_pct'])} %"
        else:
            node["formula"] = f"{row['reason']}: {row['display_zh']} / {row['display_en']}"
        if row.get("p_value") is not None:
            node["formula"] += f"; p = {_n(row['p_value'])}，{'在偶然范围内 / within chance' if row['within_chance'] else '超出偶然 / more than chance'}"
        same = {k: row[k] for k in ("region_id", "span", "basis", "category", "indicator_id")}
        inputs = [self.explain("indicators", r) for r in self.find("indicators", {**same, "period": row["period"]})]
        if row["base_submission_id"]:
            place = {"submission_id": row["base_submission_id"], "sheet": row["base_sheet"], "cell": row["base_cell"]}
            inputs.append({"table": "printed_base", "row": {"value": row["base_value"], "reason": row["reason"]}, "source": self.source(place)})
        elif row["base_value"] is not None:
            base = self.find("indicators", {**same, "period": row["base_period"]})
            inputs += [self.explain("indicators", r) for r in base] or self._bases_below(row)
        node["inputs"] = inputs

    def _bases_below(self, row: dict) -> list[dict]:
        """The bases printed for the regions below that a base was added up from, level by level."""
        below = self.rows(
            "SELECT * FROM comparisons WHERE region_id IN (SELECT region_id FROM regions WHERE parent_id = ? AND included_in_parent) "
            "AND period = ? AND span = ? AND basis = ? AND category = ? AND indicator_id = ? AND kind = ? AND base_value IS NOT NULL ORDER BY region_id",
            *(row[k] for k in ("region_id", "period", "span", "basis", "category", "indicator_id", "kind")))
        found: list[dict] = []
        for child in below:
            if child["base_submission_id"]:
                place = {"submission_id": child["base_submission_id"], "sheet": child["base_sheet"], "cell": child["base_cell"]}
                said = {"region_id": child["region_id"], "value": child["base_value"], "reason": child["reason"]}
                found.append({"table": "printed_base", "row": said, "source": self.source(place)})
            else:
                found += self._bases_below(child)
        return found

    def _target_progress(self, node: dict, row: dict) -> None:
        node["formula"] = f"{_n(row['actual'])} / {_n(row['target'])} x 100 = {_n(row['progress_pct'])} %"
        actual = self.rows(
            "SELECT * FROM indicators WHERE region_id = ? AND category = ? AND indicator_id = ? AND basis = ? AND value = ? "
            "AND (period = ? AND span = 'ytd' OR period = ? AND span = 'year') ORDER BY span DESC LIMIT 1",
            row["region_id"], row["category"], row["indicator_id"], row["basis"], row["actual"], row["period"], str(row["year"]))
        node["inputs"] = [self.explain("indicators", r) for r in actual] + self._target(row)

    def _target(self, row: dict) -> list[dict]:
        """The target that was measured against: the figure in force, or the version of it that held at the time."""
        said = (row["region_id"], str(row["year"]), row["target_source"])
        for table in ("figures", "figure_vintages"):
            found = self.rows(f"SELECT * FROM {table} WHERE form_id = 'F14' AND region_id = ? AND period = ? "
                              "AND submission_id || ' ' || sheet || '!' || cell = ? LIMIT 1", *said)
            if found:
                return [self.explain(table, r) for r in found]
        # A line of targets.csv that a later one has replaced is no figure any more.
        submission_id, _, place = (row["target_source"] or "").partition(" ")
        sheet, _, cell = place.rpartition("!")
        return [{"table": "figures", "row": {"form_id": "F14", "region_id": row["region_id"], "period": str(row["year"]), "value": row["target"]},
                 "source": self.source({"submission_id": submission_id, "sheet": sheet, "cell": cell})}]

    def _warning_levels(self, node: dict, row: dict) -> None:
        """The components of an index, and what each was measured from."""
        parts = self.find("warning_components", {k: row[k] for k in ("region_id", "period", "industry")})
        above = " + ".join(f"{_n(p['weight'])} x {_n(p['pressure'])}" for p in parts)
        below = " + ".join(_n(p["weight"]) for p in parts)
        node["formula"] = f"({above}) / ({below}) = {_n(row['index_value'])}" if row["index_value"] is not None else f"{_n(row['covered_pct'])} %"
        node["said"] = [f"{s['colour']} {'≥' if s['inclusive'] else '>'} {_n(s['lowest'])}" for s in self.house(
            'SELECT colour, lowest, inclusive FROM warning_scales WHERE scale = ? ORDER BY "level"', [row["scale"]])]
        node["inputs"] = [self.explain("warning_components", p) for p in parts]

    def _warning_components(self, node: dict, row: dict) -> None:
        keys = ["region_id", "period", "category", "indicator_id", "basis", *(["span"] if row["measured_from"] == "indicators" else [])]
        node["inputs"] = [self.explain(row["measured_from"], r) for r in self.find(row["measured_from"], {k: row[k] for k in keys})]

    def _rankings(self, node: dict, row: dict) -> None:
        node["formula"] = (f"1 + {('较小' if row['direction'] == 'asc' else '较大')}者个数 / 1 + regions with a "
                           f"{'smaller' if row['direction'] == 'asc' else 'larger'} value; {row['ranked_count']} ranked")
        if row.get("rank_low") is not None:
            node["formula"] += (f"; 90%: {row['rank_low']}–{row['rank_high']}，区间整个在本区间之外者才算确定 / only who lies wholly outside the interval is surely "
                                "better or worse")
        if row["indicator_id"].startswith("target_progress"):
            indicator = row["indicator_id"].partition(".")[2] or "deaths"
            keys = {"region_id": row["region_id"], "period": row["period"], "category": row["category"], "indicator_id": indicator,
                    "basis": row["basis"]}
            node["inputs"] = [self.explain("target_progress", r) for r in self.find("target_progress", keys)]
            return
        keys = {k: row[k] for k in ("region_id", "period", "span", "basis", "category", "indicator_id")}
        node["inputs"] = [self.explain("indicators", r) for r in self.find("indicators", keys)]

    def _benchmarks(self, node: dict, row: dict) -> None:
        """The arithmetic of a benchmark, then the rank it rests on."""
        keys = {k: row[k] for k in ("indicator_id", "period", "span", "basis", "peer_group", "level")}
        better = {r["region_id"]: r["percentile"] for r in self.rows(
            "SELECT region_id, percentile FROM benchmarks WHERE " + " AND ".join(f"{quote(k)} = ?" for k in keys), *keys.values())}
        same = sum(p == row["percentile"] for p in better.values()) - 1
        worse = sum(p < row["percentile"] for p in better.values())
        node["formula"] = (
            f"中位数 / median: {_n(row['value'])} - {_n(row['median'])} = {_n(row['from_median'])}; 最好 / best: {_n(row['value'])} - {_n(row['best'])} = "
            f"{_n(row['from_best'])}; 百分位 / percentile: 100 x ({worse} + {same}/2) / ({row['peers']} - 1) = {_n(row['percentile'])}")
        node["inputs"] = [self.explain("rankings", r) for r in self.find("rankings", {**keys, "category": "TOTAL", "region_id": row["region_id"]})]

    # --- assessment: a score is its items, an item is its rule and what it measured

    def _assessment_scores(self, node: dict, row: dict) -> None:
        node["formula"] = _score_formula(row)
        said = [f"等次 / grade: {row['grade'] or '—'}  {row['grade_reason_zh'] or ''} / {row['grade_reason_en'] or ''}"]
        if row.get("weights_zh"):
            said.append(f"行业权重 / weights of the industry: {row['weights_zh']} / {row['weights_en']}")
        if row["rank"] is not None:
            ahead = self.rows("SELECT count(*) AS n FROM assessment_scores WHERE scheme_id = ? AND period = ? AND rank < ?", *_of(row), row["rank"])[0]["n"]
            same = self.rows("SELECT count(*) AS n FROM assessment_scores WHERE scheme_id = ? AND period = ? AND rank = ?", *_of(row), row["rank"])[0]["n"]
            said.append(f"名次 / rank: {row['ranked_count']} 个单位中 {ahead} 个在前，名次为 1 + {ahead} = {row['rank']}{'，并列 ' + str(same) if same > 1 else ''} / "
                        f"{ahead} of {row['ranked_count']} are ahead: 1 + {ahead} = {row['rank']}{', shared by ' + str(same) if same > 1 else ''}")
        if row["interim"]:
            said.append("预评：考核期未满，按全年目标计 / interim: the period is not over, measured against the target of the whole year")
        if row.get("items_unjudged"):
            said.append(f"总分不完整：{row['items_unjudged']} 个条目没有数据，按其余条目折算 / not complete: {row['items_unjudged']} items have no data, scored over the others")
        node["said"] = said
        struck = (row["vetoes"] or "").split(",")
        rules = self.rows("SELECT * FROM scheme_rules WHERE scheme_id = ? AND kind = 'veto' ORDER BY position", row["scheme_id"])
        vetoes = [{"table": "scheme_rules", "row": r, "said": [f"{r['rule_zh']} / {r['rule_en']}"], "inputs": self._used(row, r["rule_id"])}
                  for r in rules if r["rule_id"] in struck]
        parts = self.rows("SELECT s.* FROM scheme_rules AS r JOIN assessment_scores AS s ON s.scheme_id = r.rule_id WHERE r.scheme_id = ? AND r.kind = 'part' "
                          "AND s.period = ? AND s.region_id = ? ORDER BY r.position", *_of(row), row["region_id"])
        items = self.rows("SELECT i.* FROM assessment_items AS i LEFT JOIN scheme_rules AS r ON r.scheme_id = i.scheme_id AND r.rule_id = i.item_id "
                          "WHERE i.scheme_id = ? AND i.period = ? AND i.region_id = ? ORDER BY r.position", *_of(row), row["region_id"])
        node["inputs"] = vetoes + [self.explain("assessment_scores", p) for p in parts] + [self.explain("assessment_items", i) for i in items]

    def _assessment_items(self, node: dict, row: dict) -> None:
        rules = self.rows("SELECT * FROM scheme_rules WHERE scheme_id = ? AND rule_id = ? AND kind IN ('group', 'item', 'bonus', 'deduction')",
                          row["scheme_id"], row["item_id"])
        if rules:
            node["indicator"] = {"zh": rules[0]["name_zh"], "en": rules[0]["name_en"]}
            node["formula"] = f"{rules[0]['rule_zh']} / {rules[0]['rule_en']}"
        node["inputs"] = self._used(row, row["item_id"])

    def _assessment_inputs(self, node: dict, row: dict) -> None:
        node["inputs"] = [self._input(row)]

    def _scheme_rules(self, node: dict, row: dict) -> None:
        node["formula"] = f"{row['rule_zh']} / {row['rule_en']}"

    def _used(self, row: dict, rule_id: str) -> list[dict]:
        """What an item or a veto of a region was judged by, each value once."""
        rows = self.rows("SELECT * FROM assessment_inputs WHERE scheme_id = ? AND period = ? AND region_id = ? AND item_id = ? ORDER BY role, metric, serial",
                         *_of(row), row["region_id"], rule_id)
        return [self._input(r) for r in rows]

    def _input(self, row: dict) -> dict:
        if row["source"] == "indicators":
            keys = {"region_id": row["region_id"], "period": row["input_period"], "span": row["span"], "basis": row["basis"], "category": row["category"],
                    "indicator_id": row["indicator_id"]}
            return next((self.explain("indicators", r) for r in self.find("indicators", keys)), {"table": "counted", "row": row})
        if row["source"] == "comparisons":
            keys = {"region_id": row["region_id"], "period": row["input_period"], "span": row["span"], "basis": row["basis"], "category": row["category"],
                    "indicator_id": row["indicator_id"], "kind": "yoy"}
            return next((self.explain("comparisons", r) for r in self.find("comparisons", keys)), {"table": "counted", "row": row})
        if row["source"] == "figures":
            return self._target({"region_id": row["region_id"], "year": row["input_period"], "target": row["value"],
                                 "target_source": f"{row['submission_id']} {row['sheet'] or ''}!{row['cell']}"})[0]
        shown = {k: row[k] for k in ("region_id", "item_id", "input_period", "value")}
        if row["source"] == "counted":
            return {"table": "counted", "row": {**shown, "metric": row["metric"]}, "inputs": self._cases(row)}
        node = {"table": "scored", "row": shown, "source": self.source(row)}
        self._scored(node, row)
        return node

    def _cases(self, row: dict) -> list[dict]:
        """The accidents, findings, reports or hazards that were counted."""
        found = self.house("SELECT kind, what, case_region AS region_id, case_time AS period, submission_id, sheet, cell FROM assessed_cases "
                           "WHERE scheme_id = ? AND period = ? AND region_id = ? AND item_id = ? AND metric = ? AND serial = ? ORDER BY position",
                           [row[k] for k in ("scheme_id", "period", "region_id", "item_id", "metric", "serial")])
        return [self._placed(case["kind"], {k: case[k] for k in ("what", "region_id", "period")}, case) for case in found]

    def _placed(self, table: str, row: dict, place: dict) -> dict:
        """A row of the house with file, sheet and cell, and the decisions that changed what stands in its line; a report that never came has none."""
        if not place["submission_id"]:
            return {"table": table, "row": row}
        return {"table": table, "row": row, "source": self.source(place), "corrections": self._decided(place)}

    def _decided(self, place: dict) -> list[dict]:
        number = re.sub(r"\D", "", place["cell"] or "")
        return self.rows("SELECT * FROM corrections WHERE submission_id = ? AND sheet = ? AND regexp_replace(cell, '[A-Z]', '', 'g') = ? ORDER BY known_from",
                         place["submission_id"], place["sheet"] or "", number) if number else []

    def _scored(self, node: dict, row: dict) -> None:
        """What the scorer wrote beside the points, which stays in the house, and the decisions that changed them."""
        names = ("points_max", "deduct", "score", "reason", "scorer_unit", "evidence_ref")
        number = int(re.sub(r"\D", "", row["cell"]))
        for found in self.house(f'SELECT {", ".join(names)} FROM rows_f15 WHERE submission_id = ? AND sheet = ? AND "row" = ?', [row["submission_id"], row["sheet"], number]):
            node["row"] = {**node["row"], **{k: v for k, v in found.items() if v is not None}}
        node["corrections"] = self._decided(row)

    # --- the closed loop, letters, risks: what was counted, and the numbers it was judged by

    def _hazard_funnel(self, node: dict, row: dict) -> None:
        """The hazards that took a step, each with the cell that says so."""
        before = self.find("hazard_funnel", {**{k: row[k] for k in ("region_id", "period", "span", "category")}, "position": str(row["position"] - 1)})
        if row["share_of_previous_pct"] is not None:
            node["formula"] = f"{row['from_previous']} / {before[0]['hazards']} x 100 = {_n(row['share_of_previous_pct'])} %"
        first, last = _months(row)
        found = self.house(
            """SELECT s.hazard_id, s.region_id, s.sector, s.step, s.taken_on, s.before, s.days, s.submission_id, s.sheet, s.cell
FROM hazard_steps AS s
JOIN region_ancestors AS a ON a.region_id = s.region_id AND a.ancestor_id = $region
JOIN code_lineage AS k ON k.list = 'hazard_sector' AND k.code = s.sector AND k.ancestor = $category
WHERE s.position = $position AND strftime(s.found_on, '%Y-%m') BETWEEN $first AND $last
ORDER BY s.found_on, s.region_id, s.hazard_id""",
            {"region": row["region_id"], "category": row["category"], "position": row["position"], "first": first, "last": last})
        node["inputs"] = [self._placed("registered", {k: h[k] for k in ("hazard_id", "region_id", "sector", "step", "taken_on", "before", "days")}, h) for h in found]

    def _responsibility_letters(self, node: dict, row: dict) -> None:
        node |= self._placed("responsibility_letters", row, row)
        node["inputs"] = [self.explain("letter_targets", t) for t in self.find("letter_targets", {k: row[k] for k in ("region_id", "period", "letter_id")})]

    def _letter_targets(self, node: dict, row: dict) -> None:
        """The letter that a condition stands in, and the number of the region it went to."""
        letters = self.find("responsibility_letters", {k: row[k] for k in ("region_id", "period", "letter_id")})
        node["inputs"] = [self._placed("responsibility_letters", letter, letter) for letter in letters]
        if row["measured"] is not None:
            node["formula"] = f"{_n(row['measured'])} {row['sign']} {_n(row['limit_value'])}: {row['state']}"
            measured = self.rows("SELECT * FROM indicators WHERE region_id = ? AND indicator_id = ? AND category = 'TOTAL' AND period = ? AND span IN ('year', 'ytd') "
                                 "AND value = ? ORDER BY span DESC, basis LIMIT 1", letters[0]["signee_region_id"], row["indicator_id"], row["measured_period"], row["measured"])
            node["inputs"] += [self.explain("indicators", r) for r in measured]

    def _letter_coverage(self, node: dict, row: dict) -> None:
        """The letters that were counted, with the conditions that our own figures say are broken; the townships that should have one."""
        if row["expected"] is not None:
            node["formula"] = f"{row['covered']} / {row['expected']} x 100 = {_n(row['coverage_pct'])} %"
        keys = {k: row[k] for k in ("region_id", "period", "type")}
        node["inputs"] = []
        for letter in self.rows("SELECT * FROM responsibility_letters WHERE region_id = ? AND period = ? AND type = ? ORDER BY letter_id", *keys.values()):
            broken = [t for t in self.find("letter_targets", {k: letter[k] for k in ("region_id", "period", "letter_id")}) if t["state"] in ("missed", "triggered")]
            node["inputs"].append({**self._placed("responsibility_letters", letter, letter), "inputs": [self.explain("letter_targets", t) for t in broken]})
        if row["type"] == "乡镇街道" and row["expected"] is not None:
            should = self.rows("SELECT * FROM indicators WHERE region_id = ? AND indicator_id = 'F10.should' AND category = '乡镇' AND substr(period, 1, 4) = ? AND value = ?",
                               row["region_id"], row["period"], row["expected"])
            should.sort(key=lambda r: (periods.end_month(r["period"]), r["period"]))
            node["inputs"] += [self.explain("indicators", r) for r in should[-1:]]

    def _risk_colours(self, node: dict, row: dict) -> None:
        """The numbers of form F11 that a level takes together."""
        keys = {k: row[k] for k in ("region_id", "period", "category")}
        if row["share_pct"] is not None:
            assessed = sum(r["units"] for r in self.find("risk_colours", {**keys, "scale": row["scale"]}))
            node["formula"] = f"{row['units']} / {assessed} x 100 = {_n(row['share_pct'])} %"
        graded = self.house('SELECT measure FROM risk_grades WHERE scale = ? AND "level" = ? ORDER BY measure', [row["scale"], row["level"]])
        node["inputs"] = [self.explain("indicators", r) for g in graded for r in self.find("indicators", {**keys, "span": "stock", "indicator_id": f"F11.{g['measure']}"})]

    def _revisions(self, node: dict, row: dict) -> None:
        keys = dict(part.split("=", 1) for part in row["key"].split(";") if "=" in part)
        node["inputs"] = [self.explain(row["table"], r) for r in self.find(row["table"], keys)]


def _months(row: dict) -> tuple[str, str]:
    """The first and the last month of a row's stretch."""
    months = periods.months_of(row["period"], row["span"])
    return tuple(f"{m // 12:04d}-{m % 12 + 1:02d}" for m in (months.start, months.end))


def _of(row: dict) -> tuple[str, str]:
    return row["scheme_id"], row["period"]


def _score_formula(row: dict) -> str:
    """How the points of the items become the score, in numbers."""
    if row["score"] is None:
        return "没有可评的条目 / no item could be judged"
    if row["judged_score"] is None:
        return f"各部分得分加权 / weighted scores of the parts = {_n(row['computed'])}"
    text = f"{'条目得分按权重之和 / weighted sum of the items' if row.get('weights_zh') else '条目得分之和 / sum of the items'} {_n(row['judged_score'])}"
    if row["judged_points"] != row["total_points"]:
        text += f" / {_n(row['judged_points'])} x {_n(row['total_points'])}"
    if row["extra_score"]:
        text += f" + 加减分 / bonuses and deductions {_n(row['extra_score'])}"
    text += f" = {_n(row['computed'])}"
    if row["score"] != row["computed"]:
        text += f"；否决后 / after the veto: {_n(row['score'])}"
    return text


def _n(value: object) -> str:
    if value is None:
        return "—"
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float | Decimal) else str(value)


def show(out: Path, table: str, pairs: list[str], as_json: bool = False) -> int:
    """Print the walk back of every row that matches; exit code 1 when none does, 2 when the question is wrong."""
    published = catalogue.published()
    if table not in published:
        say(f"没有数据表 {table}；有 / no table {table}; there are: {', '.join(published)}")
        return 2
    columns = [c["name"] for c in published[table]["columns"]]
    keys: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in columns:
            say(f"{pair}: 应写成 列名=值；列名有 / write COLUMN=VALUE; columns: {', '.join(columns)}")
            return 2
        keys[name] = value
    walk = Walk(out)
    rows = walk.find(table, keys)
    if not rows:
        say(f"{walk.release.name}: {table} 中没有 / has no row with {' '.join(pairs)}")
        return 1
    trees = [walk.explain(table, row) for row in rows[:LIMIT]]
    if as_json:
        print(json.dumps({"release": walk.release.name, "results": trees}, ensure_ascii=False, indent=1, default=str))
    else:
        print(f"release {walk.release.name}")
        for tree in trees:
            _print(tree, 0)
    if len(rows) > LIMIT:
        say(f"只列前 {LIMIT} 行，请加条件 / only the first {LIMIT} rows; add conditions")
    return 0


def _print(node: dict, depth: int) -> None:
    pad = "  " * depth
    row = node["row"]
    key = catalogue.published().get(node["table"], {}).get("key", [])
    label = PEOPLE.get(node["table"], node["table"])
    print(f"{pad}{label}  {' '.join(f'{k}={row[k]}' for k in key if row.get(k) not in (None, ''))}")
    shown = {k: v for k, v in row.items() if k not in key and v not in (None, "") and not k.startswith("base_s") and not k.startswith("base_c")}
    shown = {k: v for k, v in shown.items() if k not in ("submission_id", "sheet", "cell", "file_sha256")}
    print(f"{pad}  {'  '.join(f'{k}: {_n(v)}' for k, v in shown.items())}")
    if "indicator" in node:
        print(f"{pad}  {node['indicator']['zh']} / {node['indicator']['en']}")
    if "formula" in node:
        print(f"{pad}  公式 / formula: {node['formula']}")
    for line in node.get("said", ()):
        print(f"{pad}  {line}")
    if "sql" in node:
        print(f"{pad}  SQL: {node['sql']}")
    if "source" in node:
        s = node["source"]
        place = "!".join(x for x in (s["sheet"], s["cell"]) if x)
        print(f"{pad}  来源 / source: {s['file']}  {place}  [{s['submission_id']}]")
        if s["note"]:
            print(f"{pad}  备注 / note: {s['note']}")
    for c in node.get("corrections", ()):
        change = "" if c["old_value"] is None and c["new_value"] is None else f"  {_n(c['old_value'])} → {_n(c['new_value'])}"
        print(f"{pad}  更正 / correction: {c['correction']}{change}  {REASON_ZH[c['reason']]} / {c['reason']}  {c['decided_by']}  {c['known_from']:%Y-%m-%d}")
    for child in node.get("inputs", []):
        _print(child, depth + 1)
