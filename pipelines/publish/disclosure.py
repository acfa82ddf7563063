"""What may leave the house. Free text that a clerk typed where a number belongs is not published, and no release holds what looks like personal data.

The receipts, which go back to the sender, keep the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines import personal
from pipelines.engines.warehouse import Warehouse, literal

WITHHELD = "〔略〕"
# Text as a clerk typed it is published only where it is a number, a masked number or a code of our own, with the few words that go with one.
PLAIN = (
    r"[\s0-9A-Zxna.,%*+\-−—/()…?·:!~<>=≥≤约近不足超过至少余多以上内左右万亿千百十元人起家个项条次期份部处名户例级推算其中较大重同比环持平升降下增减少]*"
)
_PLAIN = re.compile(PLAIN)
_CLERKS_EXPECTED = ("MOJIBAKE", "PCT_SCALE")  # findings of which also what is expected comes from the clerk: the text repaired, the header of the column
# Findings whose value is a name of ours or a message of the reader; of all others it is what the clerk wrote.
_OURS = ("REGION_OUTSIDE", "REGION_NOT_VALID", "BROKEN_FILE", "FILE_TOO_LARGE", "UNKNOWN_FILE_TYPE", "UNKNOWN_ENCODING", "DUPLICATE_ROW")


class PersonalData(RuntimeError):
    """A table about to be published holds what looks like personal data; the message names table and column, never the text."""


def public_findings(warehouse: Warehouse) -> str:
    """Make the table of findings as it is published, without free text and restricted fields; returns its name."""
    restricted = set(warehouse.con.execute("SELECT form_id, check_id FROM restricted_checks").fetchall())
    # Of a check across files whose texts name a single accident or hazard, only the text without its particulars leaves the house.
    kept = warehouse.con.execute("SELECT check_id, message_zh, message_en FROM across_checks WHERE restricted").fetchall()
    without = {check_id: [re.sub(r"\{\w+\}", WITHHELD, text) for text in texts] for check_id, *texts in kept}
    names = [d[0] for d in warehouse.con.execute("SELECT * FROM quality_findings LIMIT 0").description]
    changed = []
    for row in warehouse.con.execute("SELECT * FROM quality_findings").fetchall():
        record = dict(zip(names, row, strict=True))
        typed = record["value"] or ""
        free = record["check_id"] not in _OURS and not _PLAIN.fullmatch(typed)
        if typed and (free or (record["form_id"], record["check_id"]) in restricted or personal.is_personal(typed)):
            record["value"] = WITHHELD
            for column in ("message_zh", "message_en"):
                record[column] = record[column].replace(typed, WITHHELD)
        offered = record["expected"] or ""
        if record["check_id"] in _CLERKS_EXPECTED and offered and not _PLAIN.fullmatch(offered):
            record |= {"expected": WITHHELD} | {column: record[column].replace(offered, WITHHELD) for column in ("message_zh", "message_en")}
        if record["check_id"] in without:
            record["message_zh"], record["message_en"] = without[record["check_id"]]
            record |= {column: WITHHELD if record[column] else "" for column in ("value", "expected")}
        changed.append(tuple(record.values()))
    warehouse.replace("public_findings", dict.fromkeys(names, "VARCHAR"), changed)
    return "public_findings"


# Other texts of clerks by what they must be to be published. A post may follow a unit or stand alone and never follows a name: 分管副县长 and
# 河阳市副市长 are posts, 张三副县长 names somebody.
_PLACE = r"[\p{Han}（）()0-9]*(?:省|市|县|区|旗|州|盟|镇|乡|街道|政府|管委会|委|局|厅|办|部)"
_POSTS = r"(?:省长|州长|市长|区长|县长|镇长|乡长|旗长|局长|厅长|部长|主任|书记|主席|委员|处长|科长|站长|所长|秘书长)"
# A source is a document or an office, and where in it; what ends otherwise may name who told the number.
_DOCUMENT = (r"《?[\p{Han}A-Za-z0-9（）()〔〕—-]*(?:年鉴|公报|普查|快报|年报|季报|月报|核算|核实|核定|修订|初步|最终|正式|统计|调查|抽样|数据|资料|汇编|版|局|厅|委|部|队|网)》?"
             r"[0-9〔〕（）()年月日第版页号表.—-]*|[0-9第年月日页号表章.—-]+")
TEXTS = {
    "source": rf"(?:{_DOCUMENT})(?:[\s，,、；;：:]+(?:{_DOCUMENT}))*",
    "number": r"[0-9A-Za-z〔〕\[\]()（）_./-]*(?:\p{Han}{0,8}[0-9A-Za-z〔〕\[\]()（）_./号-]+)*",
    "unit": rf"[\p{{Han}}（）()0-9]*(?:政府|委员会|管委会|安委会|办公室|办事处|安委办|局|厅|处|所|站|队|中心|院|校|街道|镇|乡|村|县|区|市|旗|州|省|部|部门)(?:第[0-9]+号)?|(?:{_PLACE})?(?:分管|常务)?副?{_POSTS}",
    "condition": r"[\p{Han}A-Za-z0-9_.,;；、()（）%<>=≤≥\s]*",
}


def public_text(column: str, kind: str | bool = True) -> str:
    """SQL for a column of clerks' text (`clerk_text` in a table's `.yml`) as it may be published; `kind` names what it must be (`TEXTS`)."""
    return f"CASE WHEN {column} IS NULL OR regexp_full_match({column}, {literal(TEXTS.get(kind, PLAIN))}) THEN {column} ELSE '{WITHHELD}' END"


def scan(table: str, column: str, values: Iterable[str | None]) -> None:
    """Raises PersonalData when any of the values matches a pattern."""
    for value in values:
        if value and (kinds := personal.kinds_in(value)):
            raise PersonalData(f"{table}.{column}: 疑似个人信息 / looks like personal data: {', '.join(kinds)}; 未发布 / not published")
