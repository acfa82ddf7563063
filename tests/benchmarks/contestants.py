"""The same workbooks into DuckDB in three ways, each a process of its own: `contestants.py intake|floor|office FOLDER OUT [STEP]`.

intake: ours, with archive, ledger, every check and what receipts are made of. floor: the least that a program can do, with the fastest reader
there is. office: what one would write today, file by file with pandas and openpyxl, for every STEP-th file.
"""

from __future__ import annotations

import sys
from pathlib import Path


def intake(folder: Path, out: Path, _step: int) -> int:
    import datetime as dt

    from pipelines import jurisdiction as jurisdictions
    from pipelines import progress
    from pipelines.engines.warehouse import Warehouse
    from pipelines.intake import ledger

    jurisdiction = jurisdictions.load(folder)
    with Warehouse(out / "warehouse.duckdb") as warehouse, progress.bar("receive") as step:
        taken = ledger.receive(jurisdiction, warehouse, out / "archive", ledger.discover(jurisdiction), dt.datetime(2030, 1, 1, tzinfo=dt.UTC), step)
    return len(taken)


def floor(folder: Path, out: Path, _step: int) -> int:
    import duckdb
    import pyarrow as pa
    import python_calamine

    con = duckdb.connect(str(out / "floor.duckdb"))
    waiting: dict[str, dict[str, list]] = {}
    made = set()

    def append(form: str) -> None:
        con.register("incoming", pa.table(waiting.pop(form)))
        con.execute(f"INSERT INTO {form} FROM incoming" if form in made else f"CREATE TABLE {form} AS FROM incoming")
        con.unregister("incoming")
        made.add(form)

    files = sorted((folder / "submissions").rglob("*.xlsx"))
    for path in files:
        rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        form, region, period, headers, body = rows[1][1], rows[1][4], rows[1][7], rows[2], rows[3:-1]
        columns = waiting.setdefault(form, {name: [] for name in ("file", "sender", "reported", *headers)})
        for name, value in (("file", path.name), ("sender", region), ("reported", period)):
            columns[name] += [value] * len(body)
        for name, values in zip(headers, zip(*body, strict=True), strict=True):
            columns[name] += [None if value == "" else value for value in values]
        if len(columns["file"]) > 20_000:
            append(form)
    for form in list(waiting):
        append(form)
    con.close()
    return len(files)


def office(folder: Path, out: Path, step: int) -> int:
    import duckdb
    import pandas as pd

    con = duckdb.connect(str(out / "office.duckdb"))
    made = set()
    files = sorted((folder / "submissions").rglob("*.xlsx"))[::step]
    for path in files:
        sheet = pd.read_excel(path, header=None, engine="openpyxl")
        form = sheet.iloc[1, 1]
        rows = sheet.iloc[3:-1].set_axis(sheet.iloc[2], axis=1).infer_objects()
        for place, (name, value) in enumerate((("file", path.name), ("sender", sheet.iloc[1, 4]), ("reported", sheet.iloc[1, 7]))):
            rows.insert(place, name, value)
        con.execute(f"INSERT INTO {form} FROM rows" if form in made else f"CREATE TABLE {form} AS FROM rows")
        made.add(form)
    con.close()
    return len(files)


if __name__ == "__main__":
    contestant, folder, out, *step = sys.argv[1:]
    Path(out).mkdir(parents=True, exist_ok=True)
    print({"intake": intake, "floor": floor, "office": office}[contestant](Path(folder), Path(out), int(step[0]) if step else 1))
    if contestant == "intake":  # as the command ends
        from pipelines import cli

        cli.leave(0)
