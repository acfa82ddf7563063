"""Who lost a place in a quota is told to whom it went and by how much; an industry's weights are told with the score."""

from __future__ import annotations

from decimal import Decimal

import pytest
from scheme_cases import run

NAMES = {"a": ("甲县", "Jia"), "b": ("乙县", "Yi"), "c": ("丙县", "Bing"), "score": ("得分", "score"), "accidents_larger_plus": ("较大以上事故起数", "larger and worse accidents")}


def notes(values: dict, places: object = 1, order: list[str] | None = None) -> dict[str, tuple[str, str]]:
    """The reasons of the grades of counties with so many deaths over a target of 10 (a point each), where `places` may be excellent."""
    grades = [{"name": "优秀", "name_en": "Excellent", "min": 80, "quota": {"by": "all", "max": places}}, {"name": "合格", "name_en": "Passed", "min": 0}]
    groups = [{"id": "g", "name_zh": "组", "name_en": "Group", "points": 100,
               "items": [{"id": "A", "name_zh": "死亡", "name_en": "Deaths", "points": 100, "type": "per_excess", "metric": "deaths", "per_over": -1}]}]
    ranking = {"order": order or ["score desc", "accidents_larger_plus asc", "region_id asc"]}
    here = {"grades": grades, "groups": groups, "ranking": ranking, "vetoes": [], "bonus": [], "deductions": [], "inputs": [], "parts": [], "notes": []}
    scored = run("jx-emergency-county", values, names=NAMES, **here).scores
    return {s.region_id: tuple("；".join(n[side] for n in s.notes) for side in (0, 1)) for s in scored}


def test_the_last_place_went_to_somebody_with_so_many_points_more():
    found = notes({"a": {"deaths": 10}, "b": {"deaths": 13}, "c": {"deaths": 15}}, places=2)
    assert found["c"] == ("优秀的名额（2 个）已满：最后一个给了乙县，得分 97，本单位 95，差 2；95 ≥ 0，评为合格",
                          "the places of Excellent (2) are taken: the last went to Yi, score 97 to 95, 2 ahead；95 ≥ 0: Passed")
    assert found["b"][0] == "97 ≥ 80，评为优秀"


def test_where_the_scores_are_equal_it_is_what_decided_between_them():
    found = notes({"a": {"deaths": 12}, "b": {"deaths": 12, "accidents_larger_plus": 1}, "c": {"deaths": 40}})
    assert found["b"][0].startswith("优秀的名额（1 个）已满：最后一个给了甲县，较大以上事故起数 0，本单位 1，差 1；")


def test_what_is_not_known_comes_last_and_is_said():
    found = notes({"a": {"deaths": 12}, "b": {"deaths": 12, "accidents_larger_plus": None}, "c": {"deaths": 40}})
    assert "较大以上事故起数 0，本单位没有数据" in found["b"][0] and "to no data" in found["b"][1]


def test_who_is_tied_at_the_edge_is_told_with_whom_and_the_next_that_those_are_ahead():
    found = notes({"a": {"deaths": 12}, "b": {"deaths": 12}, "c": {"deaths": 15}})
    assert found["a"][0].startswith("与乙县并列于优秀名额（1 个）的边缘，由人决定；") and "已满" not in found["a"][0]
    assert found["c"][0].startswith("优秀的名额（1 个）由人决定：在前的甲县、乙县，得分 98，本单位 95，差 3；")


def test_a_share_that_is_less_than_one_region_has_no_place():
    assert notes({"a": {"deaths": 10}, "b": {"deaths": 11}}, places="35%")["a"][0].startswith("优秀没有名额（2 个单位的 35%）；")


@pytest.mark.parametrize(("profile", "said"), [("高危", [Decimal("1.5"), Decimal(1), Decimal("0.5")]), (None, [])])
def test_the_weights_of_an_industry_are_kept_with_the_score(profile, said):
    [score, *_] = run("three-families", {"a": {}, "b": {}}, **({"profile_of": {"a": profile}} if profile else {})).scores
    assert ([weight for *_, weight in score.weights], score.profile) == (said, profile or "")
