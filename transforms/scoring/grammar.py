"""The words that a scheme is written in: its keys, the types of items, the functions of expressions."""

from __future__ import annotations

from decimal import Decimal

# Accidents of a level or worse, of just that level, of at least so many deaths; of a category too: acc_deaths_ge.GK1(6).
FUNCTIONS = {"acc_level_ge": 1, "acc_level_eq": 1, "acc_deaths_ge": 1}
# What the scoring itself provides, beside the metrics of the data: known once the items are judged, so not to the items.
OWN_METRICS = {"score", "tasks_score", "class_size"}
LEVELS = {1: "一般", 2: "较大", 3: "重大", 4: "特别重大"}
# Where a part comes from: `document`, a key of `documents` (or several); `assumed`, true or the aspects of it that no document tells.
MARKS = {"document", "assumed"}
TYPES = {
    "threshold": {"metric", "target", "op", "pass", "fail"},
    "per_excess": {"metric", "target", "per_over", "per_under", "cap_under"},
    "per_percent": {"metric", "target", "per_pct_over"},
    "ratio": {"numerator", "denominator", "full_at"},
    "step": {"metric", "steps", "else"},
    "rank": {"metric", "table", "order", "else"},
    "count_deduct": {"metric", "each"},
    "manual": {"max_deduction", "min_deduction", "evidence"},
}
REQUIRED = {"threshold": {"metric"}, "per_excess": {"metric", "per_over"}, "per_percent": {"metric", "per_pct_over"},
            "ratio": {"numerator", "denominator"}, "step": {"metric", "steps"}, "rank": {"metric", "table"}, "count_deduct": {"metric", "each"},
            "manual": set()}
ITEM_KEYS = {"id", "name_zh", "name_en", "points", "floor", "cap", "type", "optional"} | MARKS
OPERATORS = ("<=", "<", ">=", ">", "==")
CYCLES = ("year", "half", "quarter")
SCHEME_KEYS = {"id", "number", "name_zh", "name_en", "year", "subject_level", "cycle", "basis", "period", "total", "rounding", "normalize_to", "classes",
               "groups", "bonus", "deductions", "vetoes", "grades", "ranking", "parts", "profiles", "profile_of", "documents", "inputs", "notes",
               "government_weight"} | MARKS
GROUP_KEYS = {"id", "name_zh", "name_en", "points", "floor", "cap", "pool", "family", "items"} | MARKS
# What may take from the points of a group that its items share.
POOLED = ("threshold", "per_excess", "per_percent", "step", "rank", "count_deduct")
EXTRA_KEYS = {"id", "name_zh", "name_en", "per", "cap", "dedupe", "source", "metric", "levels", "classes"} | MARKS
VETO_KEYS = {"id", "when", "effect", "text_zh", "text_en", "classes", "scope"} | MARKS
GRADE_KEYS = {"name", "name_en", "min", "inclusive", "quota", "requires", "text_zh", "text_en"} | MARKS
PERIOD_KEYS = {"start", "end", "lookback_hidden_years", "lookback_level", "tail_levels"} | MARKS
ROUNDING_KEYS = {"decimals", "mode", "when"} | MARKS
RANKING_KEYS = {"method", "order", "vetoed"} | MARKS
INPUT_KEYS = {"id", "name_zh", "name_en"} | MARKS
NOTE_KEYS = {"text_zh", "text_en"} | MARKS
QUOTA_KEYS = {"by", "max", "requires"} | MARKS
EFFECTS = ("fail", "zero", "no_excellent", "yellow_card", "lower_grade")
# What the words of a scheme mean, for whoever writes a Chinese one instead.
MEANING = {"threshold": "达标得分", "per_excess": "超过每个扣分", "per_percent": "超过每个百分点扣分", "ratio": "按比例", "step": "分级", "rank": "按名次", "count_deduct": "每个扣分",
           "manual": "人工", "metric": "指标", "fail": "不合格", "zero": "零分", "no_excellent": "不得评优", "yellow_card": "黄牌", "lower_grade": "降低一等", "year": "年", "half": "半年",
           "quarter": "季度", "period": "考核期", "half_up": "四舍五入", "truncate": "截尾", "after_each_item": "每条之后", "final": "最后", "highest": "取最高",
           "highest_of_same": "同一事项取最高", "sum": "相加", "last": "排在最后", "excluded": "不排名", "asc": "从小到大", "desc": "从大到小"}
DEDUPE = ("highest", "highest_of_same", "sum")
# Work safety weighs at least so much in the assessment of a local government.
LEAST_GOVERNMENT_WEIGHT = Decimal("0.15")
