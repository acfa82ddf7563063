"""Write `submissions/` from figures.csv and sources.csv, always the same bytes; `--check` only compares.

One file per form, submitter, period and time of arrival, laid out as a clerk fills the form in:
envelope, header, rows, and the column 备注 with the source.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import sys
import zipfile
from collections import Counter
from pathlib import Path

os.environ["OPENPYXL_LXML"] = "False"  # one XML writer everywhere, hence one spelling of every workbook
import yaml
from openpyxl import Workbook

HERE = Path(__file__).resolve().parent
REFERENCE = HERE.parent / "reference"
COUNTIES = 100
COUNTED_ON = ("2015-09-30", "2023-06-30")


def read_csv(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def load(path: Path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def check_regions(regions: list[dict]) -> None:
    """The province had 100 county-level units on both dates of the lists that were compared."""
    for day in COUNTED_ON:
        counties = [r for r in regions if r["level"] == "county"]
        valid = [r["region_id"] for r in counties if r["valid_from"] <= day < (r["valid_to"] or "9999")]
        assert len(valid) == len(set(valid)) == COUNTIES, f"{day}: {len(valid)}"


def columns_of(form: dict, companions: dict) -> dict[str, tuple[str, bool]]:
    """Column id -> (Chinese header, is a printed derived value), in the order of the declaration."""
    found = {d["id"]: (d["zh"], False) for d in form.get("dimensions", ())}
    for measure in form["measures"]:
        found[measure["id"]] = (measure["zh"], False)
        for spec in companions.values():
            found[spec["id"].format(id=measure["id"])] = (spec["zh"][0].format(m=measure["zh"]), True)
    found |= {p["id"]: (p["zh"], True) for p in form.get("printed", ())}
    return found


def notes(figures: list[dict], sources: dict) -> str:
    """The 备注 of one row: its sources, its lines in figures.csv, and what has to be said about single cells."""
    cited = "；".join(dict.fromkeys(sources[f["source_id"]]["citation_zh"] for f in figures))
    ids = [f["id"] for f in figures]
    said: dict[str, list[str]] = {}
    for figure in figures:
        if figure["note"]:
            said.setdefault(figure["note"], []).append(figure["id"])
    remarks = "".join(f"；{'、'.join(where)}：{note}" for note, where in said.items())
    return f"来源：{cited}。编号：{ids[0]}{'…' + ids[-1] if len(ids) > 1 else ''}{remarks}"


def as_cell(text: str | None, derived: bool):
    """A plain number is a number; what carries a qualifier, or printed decimals that count, stays text."""
    if text is None or derived or not re.fullmatch(r"\d+(\.\d+)?", text):
        return text
    return float(text) if "." in text else int(text)


def table(
    figures: list[dict], form: dict, lists: dict, companions: dict, names: dict, sources: dict
) -> tuple[list, list]:
    """Header and rows of one file."""
    headers = columns_of(form, companions)
    dims = form.get("dimensions", [])
    rows: dict[tuple, list[dict]] = {}
    for figure in figures:
        rows.setdefault((figure["region_id"], figure["basis"], figure["dimension"]), []).append(figure)
    used = {f["column"] for f in figures}
    columns = [c for c in headers if c in used]
    assert used == set(columns), used - set(columns)
    by_basis = len({basis for _, basis, _ in rows}) > 1
    by_region = len({region for region, _, _ in rows}) > 1
    spoken = {d["id"]: {e["code"]: e.get("zh", e["code"]) for e in lists[d["codes"]]} | {"TOTAL": "合计"} for d in dims}
    bases = {e["code"]: e["zh"] for e in lists["basis"]}
    shown = [d for d in dims if any(f"{d['id']}=TOTAL" not in dimension for _, _, dimension in rows) or d is dims[0]]
    header = ["地区"] + ["行政区划代码"] * by_region + [d["zh"] for d in shown] + ["统计口径"] * by_basis
    header += [headers[c][0] for c in columns] + ["备注"]
    body = []
    for (region, basis, dimension), cells in rows.items():
        codes = dict(part.split("=") for part in dimension.split(";") if part)
        row = [names[region]] + [region] * by_region
        row += [spoken[d["id"]][codes[d["id"]]] for d in shown] + [bases.get(basis)] * by_basis
        value = {f["column"]: f["value"] for f in cells}
        assert len(value) == len(cells), f"{cells[0]['id']}: 同一格有两个数 / two numbers for one cell"
        row += [as_cell(value.get(c), derived=headers[c][1]) for c in columns]
        body.append([*row, notes(cells, sources)])
    return header, body


def as_csv(envelope: list[tuple], header: list, body: list) -> bytes:
    out = io.StringIO()
    out.writelines(f"# {label}: {value}\n" for label, value in envelope)
    csv.writer(out, lineterminator="\n").writerows([header, *body])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(envelope: list[tuple], header: list, body: list, title: str, moment: dt.datetime) -> bytes:
    """A workbook without a clock in it: fixed properties, fixed entry times, stored uncompressed."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in [*envelope, (), header, *body]:
        sheet.append(list(row))
    book.properties.creator = "data/jiangxi"
    book.properties.created = moment
    draft, final = io.BytesIO(), io.BytesIO()
    book.save(draft)
    with zipfile.ZipFile(draft) as source, zipfile.ZipFile(final, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                fixed = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + fixed, data)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            target.writestr(entry, data)
    return final.getvalue()


def build() -> dict[str, bytes]:
    """Path below submissions/ -> bytes."""
    companions, lists = load(REFERENCE / "companions.yml"), load(REFERENCE / "codes.yml")
    forms = {form["id"]: form for form in map(load, sorted((REFERENCE / "forms").glob("*.yml")))}
    sources = {s["source_id"]: s for s in read_csv("sources.csv")}
    regions = read_csv("regions.csv")
    check_regions(regions)
    names = {r["region_id"]: r["name_zh"] for r in regions}
    groups: dict[tuple, list[dict]] = {}
    for figure in read_csv("figures.csv"):
        arrived = sources[figure["source_id"]]["received_at"]
        groups.setdefault((figure["form"], figure["submitter"], figure["period"], arrived), []).append(figure)
    files, received = {}, []
    for (form_id, submitter, period, arrived), figures in groups.items():
        first = sources[figures[0]["source_id"]]
        form, moment = forms[form_id], dt.datetime.fromisoformat(arrived)
        envelope = [("表号", form_id), ("填报单位", names[submitter]), ("行政区划代码", submitter), ("报告期", period)]
        if form.get("has_basis"):
            basis = Counter(f["basis"] for f in figures).most_common(1)[0][0]
            envelope.append(("统计口径", next(e["zh"] for e in lists["basis"] if e["code"] == basis)))
        if any(m.get("type") == "money" for m in form["measures"]):
            envelope.append(("金额单位", "万元"))
        if first["received_basis"] == "published":
            envelope.append(("填报日期", first["published_on"]))
        header, body = table(figures, form, lists, companions, names, sources)
        stem = f"{moment:%Y}/{form_id}_{submitter}_{period.replace('..', '_')}_{moment:%Y%m%d}"
        path = f"{stem}.{first['file_format']}"
        assert path not in files, path
        if first["file_format"] == "csv":
            files[path] = as_csv(envelope, header, body)
        else:
            title = f"{form_id} {form['name']['zh']}"
            files[path] = as_xlsx(envelope, header, body, title, moment.replace(tzinfo=None))
        received.append((path, arrived))
    out = io.StringIO()
    received.sort(key=lambda row: (row[1], row[0]))
    csv.writer(out, lineterminator="\n").writerows([("path", "received_at"), *received])
    return files | {"received.csv": out.getvalue().encode()}


def main(arguments: list[str]) -> int:
    folder, files = HERE / "submissions", build()
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} if folder.is_dir() else set()
    changed = {p for p in present & set(files) if (folder / p).read_bytes() != files[p]}
    different = sorted((present ^ set(files)) | changed)
    if "--check" in arguments:
        for path in different:
            print(f"submissions/{path}: 与 figures.csv 不符 / not what figures.csv gives", file=sys.stderr)
        return 1 if different else 0
    for path in different:
        if path in files:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(files[path])
        else:
            (folder / path).unlink()
    print(f"{len(files)} 个文件，改写 {len(different)} 个 / {len(files)} files, {len(different)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
