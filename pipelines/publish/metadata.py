"""Metadata of a release in the formats that catalogues read: Data Package, DCAT, schema.org, CSVW. All from the tables' own declarations."""

from __future__ import annotations

import json
from pathlib import Path

from transforms import catalogue
from transforms.scoring.schema import json_schema

_FRICTIONLESS = {"string": "string", "integer": "integer", "number": "number", "boolean": "boolean", "date": "date", "timestamp": "datetime"}
_XSD = {"string": "string", "integer": "integer", "number": "double", "boolean": "boolean", "date": "date", "timestamp": "dateTime"}


def write(folder: Path, release: dict, jurisdiction) -> None:
    """Write `metadata/*` for a release. `release` is the manifest without its files."""
    folder.mkdir(parents=True)
    published = catalogue.published()
    name = f"{jurisdiction.id}-{release['release']}"
    title_zh = f"{jurisdiction.name['zh']}安全生产统计 {release['release']}"
    title_en = f"Work-safety statistics of {jurisdiction.name['en']}, {release['release']}"
    notice = {"simulated": True, "notice": "模拟数据，不是真实统计 / simulated data, not real statistics"} if jurisdiction.simulated else {}
    licence = jurisdiction.licence
    documents = {
        "datapackage.json": {
            "profile": "tabular-data-package",
            "name": name.lower(),
            "title": f"{title_zh} / {title_en}",
            "version": release["release"],
            "created": release["as_of"],
            **notice,
            "licenses": [{k: v for k, v in (("name", licence["id"]), ("title", licence["title"]), ("path", licence["url"])) if v}]
            if licence["id"] else [],
            "contributors": [{"title": f"{jurisdiction.publisher['zh']} / {jurisdiction.publisher['en']}", "role": "publisher"}]
            if jurisdiction.publisher["zh"] else [],
            "resources": [_resource(table, spec) for table, spec in published.items()],
        },
        "scheme.schema.json": json_schema(),
        "csvw.json": {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": "zh"}],
            "dc:title": title_zh,
            **({"dc:license": licence["url"]} if licence["url"] else {}),
            "tables": [_csvw(table, spec) for table, spec in published.items()],
        },
        "schema_org.jsonld": {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "name": title_zh,
            "alternateName": title_en,
            "description": f"{title_zh}：每个数字可追溯到来表单元格。 / {title_en}; every number can be walked back to a cell of a received file.",
            "version": release["release"],
            "dateModified": release["as_of"],
            "inLanguage": list(jurisdiction.languages),
            "isAccessibleForFree": True,
            **({"license": licence["url"]} if licence["url"] else {}),
            **({"creator": {"@type": "Organization", "name": jurisdiction.publisher["zh"]}} if jurisdiction.publisher["zh"] else {}),
            "distribution": [
                {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": f"../{extension}/{table}.{extension}"}
                for table in published
                for kind, extension in (("application/vnd.apache.parquet", "parquet"), ("text/csv", "csv"))
            ],
        },
        "dcat.jsonld": {
            "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"},
            "@type": "dcat:Dataset",
            "dct:title": [{"@value": title_zh, "@language": "zh"}, {"@value": title_en, "@language": "en"}],
            "dct:identifier": name,
            "dcat:version": release["release"],
            "dct:modified": release["as_of"],
            **({"dct:license": licence["url"]} if licence["url"] else {}),
            "dcat:distribution": [
                {"@type": "dcat:Distribution", "dct:title": spec["title"]["zh"], "dcat:mediaType": "application/vnd.apache.parquet",
                 "dcat:downloadURL": f"../parquet/{table}.parquet"}
                for table, spec in published.items()
            ],
        },
    }
    for file, content in documents.items():
        (folder / file).write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=False) + "\n", encoding="utf-8")


def _resource(table: str, spec: dict) -> dict:
    fields = []
    for c in spec["columns"]:
        field = {"name": c["name"], "type": _FRICTIONLESS[c["type"]], "title": f"{c['zh']} / {c['en']}"}
        if c.get("note"):
            field["description"] = c["note"]
        if c.get("unit"):
            field["unit"] = c["unit"]
        constraints = {k: v for k, v in (("required", c.get("required")), ("enum", c.get("enum")), ("minimum", c.get("min")),
                                         ("maximum", c.get("max"))) if v is not None}
        if constraints:
            field["constraints"] = constraints
        fields.append(field)
    return {
        "name": table,
        "title": f"{spec['title']['zh']} / {spec['title']['en']}",
        "description": f"{spec['description']['zh']} / {spec['description']['en']}",
        "path": f"../csv/{table}.csv",
        "format": "csv",
        "encoding": "utf-8",
        "profile": "tabular-data-resource",
        "schema": {"fields": fields, "primaryKey": spec["key"], "missingValues": [""]},
    }


def _csvw(table: str, spec: dict) -> dict:
    return {
        "url": f"../csv/{table}.csv",
        "dc:title": spec["title"]["zh"],
        "tableSchema": {
            "columns": [{"name": c["name"], "titles": {"zh": c["zh"], "en": c["en"]}, "datatype": _XSD[c["type"]]} for c in spec["columns"]],
            "primaryKey": spec["key"],
        },
    }
