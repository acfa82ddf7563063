"""The JSON schema of a scheme, made from what `scheme.py` reads: for editors, and for whoever writes schemes elsewhere.

It says which keys and types there are; what must add up, and which metrics exist, only the program can say.
"""

from __future__ import annotations

from transforms.scoring import grammar as declared

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NUMBER = {"type": ["number", "string"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
NOT_BELOW_ZERO = {"type": ["number", "string"], "minimum": 0, "pattern": r"^[0-9]+(\.[0-9]+)?$"}
ABOVE_ZERO = {"type": ["number", "string"], "exclusiveMinimum": 0, "pattern": r"^(?!0+(\.0+)?$)[0-9]+(\.[0-9]+)?$"}
EXPRESSION = {"type": ["string", "number"]}
TEXT = {"type": "string"}
ID = {"type": ["string", "integer"]}
COMMON = {"id": ID, "name_zh": TEXT, "name_en": TEXT, "points": NOT_BELOW_ZERO, "floor": NUMBER, "cap": NUMBER, "optional": {"type": "boolean"}}
MARKS = {"document": {"anyOf": [ID, {"type": "array", "items": ID}]}, "assumed": {"anyOf": [{"type": "boolean"}, {"type": "array", "items": TEXT}]}}
COMMON |= MARKS
PARAMETERS = {
    "metric": EXPRESSION, "target": EXPRESSION, "numerator": EXPRESSION, "denominator": EXPRESSION, "op": {"enum": list(declared.OPERATORS)},
    "pass": {"anyOf": [{"const": "full"}, NUMBER]}, "fail": {"anyOf": [{"const": "full"}, NUMBER]}, "per_over": NUMBER, "per_under": NUMBER,
    "cap_under": NUMBER, "per_pct_over": NUMBER, "full_at": ABOVE_ZERO, "each": NUMBER, "else": NUMBER, "max_deduction": NOT_BELOW_ZERO, "min_deduction": NOT_BELOW_ZERO,
    "evidence": {"const": "required"},
    "order": {"enum": ["asc", "desc"]}, "table": {"type": "object", "propertyNames": {"pattern": "^[1-9][0-9]*$"}, "additionalProperties": NUMBER},
    "steps": {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 3, "maxItems": 3,
                                                        "prefixItems": [{"enum": list(declared.OPERATORS)}, NUMBER, NUMBER]}},
}


def _object(properties: dict, required: set[str] = frozenset()) -> dict:
    return {"type": "object", "properties": properties, "required": sorted(required), "additionalProperties": False}


def _list(items: dict) -> dict:
    return {"type": "array", "items": items}


def _item(kind: str) -> dict:
    known = {**COMMON, **{k: PARAMETERS[k] for k in sorted(declared.TYPES[kind])}, "type": {"const": kind}}
    return _object(known, {"id", "name_zh", "points", "type"} | declared.REQUIRED[kind])


def json_schema() -> dict:
    """The schema, in the words of the reader: every key that is not in it is refused by the program, too."""
    group = {**{k: COMMON[k] for k in ("id", "name_zh", "name_en", "points", "floor", "cap", *MARKS)}, "pool": {"type": "boolean"}, "family": TEXT,
             "items": _list({"oneOf": [_item(kind) for kind in declared.TYPES]})}
    extra = {"id": ID, "name_zh": TEXT, "name_en": TEXT, "per": NUMBER, "cap": NUMBER, "dedupe": {"enum": list(declared.DEDUPE)},
             "source": {"enum": ["manual", "metric"]}, "metric": EXPRESSION, "levels": {"type": "object", "additionalProperties": NOT_BELOW_ZERO},
             "classes": _list(TEXT), **MARKS}
    veto = {"id": ID, "when": EXPRESSION, "effect": {"enum": list(declared.EFFECTS)}, "text_zh": TEXT, "text_en": TEXT, "classes": _list(TEXT),
            "scope": {"enum": ["period", "year"]}, **MARKS}
    number, share = {"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+$"}, {"type": "string", "pattern": r"^(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)%$"}
    each = [{"type": "object", "additionalProperties": kind} for kind in (number, share)]
    quota = _object({"by": {"enum": ["class", "all"]}, "max": {"anyOf": [number, share, *each]}, "requires": _list(EXPRESSION), **MARKS}, {"max"})
    quota |= {"if": {"properties": {"max": {"type": "object"}}}, "then": {"properties": {"by": {"const": "class"}}, "required": ["by"]}}
    grade = {"name": TEXT, "name_en": TEXT, "min": NUMBER, "inclusive": {"type": "boolean"}, "quota": quota, "requires": _list(EXPRESSION), "text_zh": TEXT, "text_en": TEXT,
             **MARKS}
    first = {"type": "string", "pattern": "^(0[1-9]|1[0-2])-01$"}
    last = {"type": "string", "pattern": "^((0[13578]|1[02])-31|(0[469]|11)-30|02-2[89])$"}
    members = _list({"type": ["string", "integer"]})
    properties = {
        "id": ID, "name_zh": TEXT, "name_en": TEXT, "year": {"type": "integer"}, "subject_level": TEXT, "cycle": {"enum": list(declared.CYCLES)},
        "basis": TEXT, "total": ABOVE_ZERO, "normalize_to": ABOVE_ZERO | {"type": ["number", "string", "null"]}, "number": TEXT, "government_weight": NUMBER, **MARKS,
        "documents": {"type": "object", "additionalProperties": TEXT}, "inputs": _list(_object({"id": ID, "name_zh": TEXT, "name_en": TEXT, **MARKS}, {"id", "name_zh"})),
        "notes": _list(_object({"text_zh": TEXT, "text_en": TEXT, **MARKS}, {"text_zh"})),
        "period": _object({"start": first, "end": last, "lookback_hidden_years": {"type": "integer", "minimum": 0},
                           "lookback_level": {"enum": [1, 2, 3, 4]}, "tail_levels": _list({"enum": [1, 2, 3, 4]}), **MARKS}),
        "rounding": _object({"decimals": {"type": "integer", "minimum": 0, "maximum": 6}, "mode": {"enum": ["half_up", "truncate"]},
                             "when": {"enum": ["after_each_item", "final"]}, **MARKS}),
        "classes": {"type": "object", "additionalProperties": members}, "groups": _list(_object(group, {"id", "name_zh", "points", "items"})),
        "bonus": _list(_object(extra, {"id", "name_zh"})), "deductions": _list(_object(extra, {"id", "name_zh"})),
        "vetoes": _list(_object(veto, {"id", "when", "effect", "text_zh"})), "grades": _list(_object(grade, {"name", "min"})),
        "ranking": _object({"method": {"const": "competition"}, "vetoed": {"enum": ["last", "excluded"]},
                            "order": _list({"type": "string", "pattern": "^[^ ]+ (asc|desc)$"}), **MARKS}),
        "parts": _list(_object({"scheme": TEXT, "weight": ABOVE_ZERO, **MARKS}, {"scheme", "weight"})),
        "profiles": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": NOT_BELOW_ZERO}},
        "profile_of": {"type": "object", "additionalProperties": TEXT},
    }
    return {"$schema": DIALECT, "title": "考核方案 / assessment scheme", **_object(properties, {"id", "name_zh", "year", "grades"})}
