"""The dictionaries of the site: tables, forms, indicators and checks, from the declarations that also make the data."""

from __future__ import annotations

import html
import re

from markupsafe import Markup

from expectations import compile as suites
from pipelines.publish.release_data import TRANSFORMS, ReleaseData
from pipelines.publish.views.base import rules_anchor, slug
from pipelines.publish.words import Words


class Dictionary:
    """Each entry in both languages, as the templates lay it out."""

    def __init__(self, data: ReleaseData, words: Words) -> None:
        self.data = data
        self.w = words
        self.lang = words.lang

    def tables(self) -> list[dict]:
        """Every released table with its columns and the SQL that computes it."""
        found = []
        for name, declared in self.data.tables.items():
            sql = TRANSFORMS / f"{name}.sql"
            text = sql.read_text(encoding="utf-8").strip() if sql.is_file() else ""
            found.append(
                {
                    "name": name,
                    "title": declared["title"][self.lang],
                    "description": declared["description"][self.lang],
                    "key": declared["key"],
                    "columns": [
                        {"enum": None, "note": "", "unit": "", "required": False, **c, "type": self.w.get(f"type.{c['type']}", c["type"])}
                        for c in declared["columns"]
                    ],
                    # one line in the file, many on the page
                    "sql": Markup(html.escape(text).replace("\n", "&#10;")) if text else "",
                }
            )
        return found

    def companions(self) -> list[dict]:
        """What a file may print beside every measure."""
        mark = self.w("forms.companion_mark")
        return [
            {"id": spec["id"].format(id="…"), "zh": spec["zh"][0].format(m=mark), "en": spec["en"]}
            for spec in self.data.reference.companions.values()
        ]

    def forms(self) -> list[dict]:
        """Every form with the columns it understands."""
        indicators = self.data.reference.indicators
        companions = self.data.reference.companions
        found = []
        for form in self.data.reference.forms.values():
            fields = [self._field(d.id, d.zh, d.en, "dimension", aliases=d.aliases) for d in form.dimensions]
            fields += [self._field(m.id, m.zh, m.en, "measure", m.unit, m.aliases, m.sum_of) for m in form.measures]
            fields += [self._field(p.id, p.zh, p.en, "printed", indicators[p.indicator].unit, p.aliases) for p in form.printed]
            fields += [self._field(f.id, f.zh, f.en, f.type, aliases=f.aliases) for f in form.fields]
            fields += [self._field(m.id, m.zh, m.en, "figure", m.unit) for m in form.figures]
            for extra in form.extra_columns:
                measure = form.measure_by_id[extra["measure"]]
                companion = extra.get("companion") or ""
                stretch = companion or extra.get("span") or ""
                percent = companion and companions[companion]["type"] == "percent"
                fields.append(
                    self._field(
                        extra["id"],
                        extra["zh"],
                        f"{measure.en} ({stretch})" if stretch else measure.en,
                        "column",
                        "%" if percent else measure.unit,
                        extra.get("aliases", ()),
                    )
                )
            found.append(
                {
                    "id": form.id,
                    "anchor": slug(form.id.lower()),
                    "name": form.name[self.lang],
                    "frequency": self.w.get(f"frequency.{form.frequency}", form.frequency),
                    "kind": self.w.get(f"form_kind.{form.kind}", form.kind),
                    "fields": fields,
                }
            )
        return found

    def _field(self, id: str, zh: str, en: str, role: str, unit: str = "", aliases: tuple = (), sum_of: tuple = ()) -> dict:
        notes = []
        if sum_of:
            notes.append(self.w("forms.sum_of", parts=" + ".join(sum_of)))
        if aliases:
            notes.append(self.w("forms.aliases", names="、".join(aliases) if self.lang == "zh" else ", ".join(aliases)))
        return {"id": id, "zh": zh, "en": en, "role": self.w(f"role.{role}"), "unit": unit, "note": self.w("stop_gap").join(notes)}

    def indicators(self) -> list[dict]:
        """Every indicator with a name of its own."""
        return [
            {
                "id": row["indicator_id"],
                "zh": row["name_zh"],
                "en": row["name_en"],
                "formula": row["formula"],
                "unit": row["unit"],
                "better": self.w.get(f"better.{row['better']}", "—"),
            }
            for row in sorted(self.data.catalogue.values(), key=lambda r: self.data.order(r["indicator_id"]))
            if row["family"] != "form"
        ]

    def rules(self) -> list[dict]:
        """Every check, form by form; those made of every form last."""
        forms = self.data.reference.forms
        groups: dict[str, list[dict]] = {}
        for rule in suites.catalogue(forms):
            groups.setdefault(rule.form_id, []).append(
                {
                    "id": rule.rule_id,
                    "check": rule.check_id if rule.check_id != rule.rule_id else "",
                    "severity": self.w(f"severity.{rule.severity}"),
                    "kind": self.w(f"rule_kind.{rule.kind}"),
                    "column": self._column(rule.form_id, rule.column) if rule.column else "",
                    "text": self._named(rule.form_id, rule.zh if self.lang == "zh" else rule.en),
                    "expected": self._named(rule.form_id, self._side(rule.expected)),
                }
            )
        titles = {form_id: f"{form_id} {forms[form_id].name[self.lang]}" if form_id else self.w("rules.common") for form_id in groups}
        return [
            {"anchor": rules_anchor(form_id), "title": titles[form_id], "rules": rules}
            for form_id, rules in groups.items()
        ]

    def _side(self, text: str) -> str:
        """The half of `中文 / English` that is this language's."""
        sides = text.split(" / ")
        return sides[0 if self.lang == "zh" else 1] if len(sides) == 2 else text

    def _column(self, form_id: str, column: str) -> str:
        """A column by its name in this language; what is not a column of the form is named as it stands."""
        form = self.data.reference.forms.get(form_id)
        known = (*form.dimensions, *form.measures, *form.fields, *form.printed) if form else ()
        names = {entry.id: entry.zh if self.lang == "zh" else entry.en for entry in known}
        return names.get(column) or self.w.get(f"place.{column}", column)

    def _named(self, form_id: str, text: str) -> str:
        """A text with the columns it shows named in brackets."""
        mark = "〔{}〕" if self.lang == "zh" else "[{}]"
        return re.sub(r"\{(\w+)\}", lambda place: mark.format(self._column(form_id, place[1])), text)
