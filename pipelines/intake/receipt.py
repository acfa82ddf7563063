"""A receipt for each file: what was taken in, every finding with its cell and what to do, what has become of it, and the sender's answers.

JSON for programs, HTML and workbook for clerks. Receipts go back to the sender and are never published.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.engines.warehouse import Warehouse
from pipelines.intake import receipt_book
from pipelines.intake.annotated import SEVERITIES, text_of
from pipelines.intake.reading import UNREAD

FORMAT = 4  # of what is written: another number has every receipt written anew
VERDICTS = {
    "accepted": ("已接收", "Accepted"),
    "accepted_with_warnings": ("已接收，请核对下列问题", "Accepted; please look at the findings"),
    "rejected": ("退回，请改正后重新报送", "Rejected; please correct and send again"),
}
SETTLED = {  # the verdict once nothing of it waits for the sender
    "accepted": VERDICTS["accepted"],
    "accepted_with_warnings": ("已接收，所列问题都已了结", "Accepted; all findings are settled"),
    "rejected": ("曾退回，已由后来的报送更正", "Was rejected; corrected by a later file"),
}
ADVICE = {
    "rejected": ("本文件没有采用。下面列出全部问题，请一次改完后重新报送：改在原来的文件里，或直接改在回执工作簿所附的副本里发回。",
                 "Nothing of this file was used. All that is wrong is listed below: mend it in one go and send the file again, or mend the copy in the receipt workbook and send that back."),
    "unopened": ("本文件没有采用，也无法打开，所以没有副本可改。请照下面的说明改好原来的文件，重新报送。",
                 "Nothing of this file was used, and it could not be opened, so there is no copy to mend. Please mend your own file as told below and send it again."),
    "open": ("文件已采用。请逐条核对：有误的，改正后重新报送；无误的，在回执工作簿“答复”一栏写明原因后发回。",
             "The file was used. Please look at each finding: send a corrected file, or say in the answer column of the receipt workbook why the figure is right and send that back."),
    "closed": ("所列问题都已了结，不必再做什么。", "All that is listed has been settled; nothing more to do."),
}
_PLACE = re.compile(r"([A-Z]*)(\d*)")


def write_all(warehouse: Warehouse, folder: Path, archive: Path | None = None) -> int:
    """Write the receipts that are missing or no longer say what is known; returns how many were written.

    `archive` is where the files received are kept, by default beside `folder`. A finding that an earlier receipt held and that holds no longer stays in it, as closed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archive = archive or folder.parent / "archive"
    there = set(os.listdir(folder))
    findings, answers, replaced = _findings(warehouse), _answers(warehouse), _replacements(warehouse)
    issuer, zone, simulated = warehouse.con.execute("SELECT issuer, time_zone, simulated FROM bureau").fetchone()
    local = _clock(ZoneInfo(zone))
    names = {sid: (path, received.isoformat() + "Z") for sid, path, received in warehouse.con.execute(
        "SELECT submission_id, path, received_at FROM ledger").fetchall()}
    written = 0
    for record in _records(
        warehouse,
        "SELECT s.submission_id, l.path AS file, s.form_id, f.name_zh AS form_zh, s.region_id, r.name_zh AS region_zh, s.period, s.received_at, s.revision, s.verdict, "
        "s.rows, s.errors, s.warnings, s.on_time, s.file_sha256, l.archived FROM submissions AS s JOIN ledger AS l ON l.submission_id = s.submission_id "
        "LEFT JOIN form_names AS f ON f.form_id = s.form_id LEFT JOIN (SELECT region_id, max(name_zh) AS name_zh FROM region_settings GROUP BY region_id) AS r ON r.region_id = s.region_id "
        "ORDER BY s.submission_id",
    ):
        sid, archived = record["submission_id"], record.pop("archived")
        path = folder / f"{sid}.json"
        before = path.read_text(encoding="utf-8") if path.name in there else ""
        receipt = {"format": FORMAT, **record, "received_at": record["received_at"].isoformat() + "Z"}
        by = replaced.get((sid, "", 0))
        receipt["replaced_by"] = {"submission_id": by, "file": names[by][0], "received_at": names[by][1]} if by in names else None
        listed = findings.get(sid, [])
        if before and '"findings": []' not in before:
            listed = listed + _settled(json.loads(before), listed, replaced)
        listed.sort(key=_order)
        given = answers.get(sid, {})
        for finding in listed:
            finding["answer"], finding["answered_at"] = given.get((finding["check_id"], finding["sheet"], finding["cell"]), (None, None))
        shown = {(f["check_id"], f["sheet"], f["cell"]) for f in listed}
        receipt["state"] = "open" if any(f["state"] == "open" for f in listed) else "closed"
        receipt["findings"] = listed
        receipt["other_answers"] = [{"check_id": k[0], "sheet": k[1], "cell": k[2], "answer": text, "answered_at": at}
                                    for k, (text, at) in sorted(given.items()) if k not in shown]
        text = json.dumps(receipt, ensure_ascii=False, indent=1) + "\n"
        if before == text and f"{sid}.html" in there and f"{sid}.xlsx" in there:
            continue
        source = archive / archived
        readable = listed and not any(finding["check_id"] in UNREAD for finding in listed)
        copies = receipt_book.copies_of(receipt, source.read_bytes()) if readable and source.is_file() else []
        facts, advice = _facts(receipt, local), _advice(receipt, bool(copies))
        (folder / f"{sid}.html").write_bytes(_page(receipt, facts, advice, issuer, simulated, local).encode())
        (folder / f"{sid}.xlsx").write_bytes(receipt_book.write(receipt, facts, advice, copies))
        _write(path, text.encode())  # last, and at once: after a crash the other two are written again
        written += 1
    return written


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(data)
    os.replace(partial, path)


# --- what is known -----------------------------------------------------------------------------------------------------------


def _records(warehouse: Warehouse, sql: str):
    cursor = warehouse.con.cursor().execute(sql)
    names = [d[0] for d in cursor.description]
    while rows := cursor.fetchmany(10_000):
        for row in rows:
            yield dict(zip(names, row, strict=True))


def _findings(warehouse: Warehouse) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for record in _records(
        warehouse,
        "SELECT submission_id, check_id, rule_id, severity, sheet, cell, value, expected, message_zh, message_en, "
        "CASE WHEN resolved_by IS NULL THEN 'open' ELSE 'closed' END AS state, resolved_by FROM quality_findings ORDER BY ALL",
    ):
        found.setdefault(record.pop("submission_id"), []).append(record)
    return found


def _answers(warehouse: Warehouse) -> dict[str, dict[tuple, tuple[str, str]]]:
    """The newest answer to each finding, by submission and then (check, sheet, cell)."""
    found: dict[str, dict] = {}
    for sid, check, sheet, cell, text, at in warehouse.con.execute(
        "SELECT submission_id, check_id, sheet, cell, answer, received_at FROM answers ORDER BY received_at, answer"
    ).fetchall():
        found.setdefault(sid, {})[(check, sheet, cell)] = (text, at.isoformat() + "Z")
    return found


def _replacements(warehouse: Warehouse) -> dict[tuple[str, str, int], str]:
    rows = warehouse.con.execute('SELECT submission_id, sheet, "row", resolved_by FROM replacements').fetchall()
    return {(sid, sheet, row): by for sid, sheet, row, by in rows}


def _settled(before: dict, listed: list[dict], replaced: dict) -> list[dict]:
    """What an earlier receipt said and what is no longer found: it was corrected, here or in another file."""
    now = {_identity(f) for f in listed}
    sid = before.get("submission_id")
    gone = []
    for finding in before.get("findings", []):
        if before.get("format") == FORMAT and _identity(finding) not in now:
            line = int(_PLACE.match(finding["cell"] or "")[2] or 0)
            by = finding["resolved_by"] or replaced.get((sid, "", 0)) or replaced.get((sid, finding["sheet"], line))
            gone.append({**finding, "state": "closed", "resolved_by": by})
    return gone


def _identity(finding: dict) -> tuple:
    return tuple(finding[k] for k in ("check_id", "sheet", "cell", "value"))


def _order(finding: dict) -> tuple:
    """The order in which a clerk mends them: open ones first, the gravest first, then line by line."""
    letters, digits = _PLACE.match(finding["cell"] or "").groups()
    return (finding["state"] != "open", list(SEVERITIES).index(finding["severity"]), finding["sheet"], int(digits or 0), len(letters), letters,
            finding["check_id"], finding["message_en"])


# --- how it is shown ---------------------------------------------------------------------------------------------------------


def _clock(zone: ZoneInfo) -> Callable[[str], str]:
    """Stored times as the wall clock of the bureau shows them."""
    return lambda text: dt.datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _facts(receipt: dict, local: Callable[[str], str]) -> list[tuple[str, str]]:
    zh, en = _verdict(receipt)
    facts = [
        ("结论 / verdict", f"{zh} / {en}"),
        ("文件 / file", receipt["file"]),
        ("表号 / form", " ".join(filter(None, (receipt["form_id"], receipt["form_zh"]))) or "—"),
        ("填报单位 / sender", f"{receipt['region_zh'] or ''} {receipt['region_id'] or '—'}".strip()),
        ("报告期 / period", receipt["period"] or "—"),
        ("收到时间 / received", local(receipt["received_at"]) + {True: "，按时 / on time", False: "，迟报 / late", None: ""}[receipt["on_time"]]),
        ("第几次报送 / revision", str(receipt["revision"])),
        ("行数 / rows", str(receipt["rows"])),
        ("错误、警告 / errors, warnings", f"{receipt['errors']}, {receipt['warnings']}"),
    ]
    if by := receipt["replaced_by"]:
        facts.append(("已被替代 / replaced by", f"{by['file']}（{local(by['received_at'])}）{by['submission_id']}"))
    return facts


def _verdict(receipt: dict) -> tuple[str, str]:
    return (VERDICTS if receipt["state"] == "open" else SETTLED)[receipt["verdict"]]


def _advice(receipt: dict, copied: bool) -> list[str]:
    """What the sender is to do. `copied`: its own sheets are in the receipt workbook."""
    if not receipt["findings"]:
        return []
    if receipt["state"] == "closed":
        return list(ADVICE["closed"])
    refused = "rejected" if copied else "unopened"
    return list(ADVICE[refused if receipt["verdict"] == "rejected" else "open"])


@cache
def template(name: str):
    """A page template beside the modules: everything put into it is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader([Path(__file__).parent, Path(__file__).parent.parent]), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template(name)


def _page(receipt: dict, facts: list[tuple[str, str]], advice: list[str], issuer: str, simulated: bool, local: Callable[[str], str]) -> str:
    groups = [(state, [f for f in receipt["findings"] if f["state"] == state]) for state in ("open", "closed")]
    counts = [(SEVERITIES[s], sum(f["severity"] == s for f in groups[0][1])) for s in SEVERITIES]
    return template("receipt.html.j2").render(
        receipt=receipt, facts=facts, advice=advice, groups=[g for g in groups if g[1]], counts=[c for c in counts if c[1]], issuer=issuer,
        verdict=_verdict(receipt), text_of=text_of, time=local, simulated=simulated,
    )
