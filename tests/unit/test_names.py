"""Region names as clerks write them: what is understood, what is ambiguous, and what is refused."""

from __future__ import annotations

import pytest
from pipeline.bureau import bureau_at

from pipelines import jurisdiction as jurisdictions
from pipelines.intake.names import RegionNames, RegionProblem

# As in Jiangxi: a city and a county of the same bare name, two districts of one name, a county turned district and an old name.
REGIONS = """
990000,江南省,Jiangnan,province
990100,南昌市,Nanchang,city,990000
990121,南昌县,Nanchang county,county,990100
990122,新建县,Xinjian county,county,990100,,2015-08-01
990112,新建区,Xinjian district,county,990100,2015-08-01
990102,鼓楼区,Gulou,county,990100
990200,九江市,Jiujiang,city,990000
990202,鼓楼区,Gulou,county,990200
990271,庐山风景名胜区,Lushan,county,990200,,,zone,,,,庐山管理局|庐山
990283,庐山市,Lushan city,county,990200,2016-05-01,,,,,,星子县
"""


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    bureau = bureau_at(tmp_path_factory.mktemp("names"), REGIONS, root="990000")
    return RegionNames(jurisdictions.load(bureau.folder))


def problem_of(names, text, within=None, period="2015-01") -> RegionProblem:
    with pytest.raises(RegionProblem) as raised:
        names.resolve(text, within, period)
    return raised.value


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("990200", "990200"),
        ("９９０２００", "990200"),
        ("990200.0", "990200"),
        ("九江市", "990200"),
        ("九江", "990200"),
        (" 九 江 市 ", "990200"),
        ("jiujiang", "990200"),
        ("南昌县", "990121"),
        ("南昌市南昌县", "990121"),
        ("九江市鼓楼区", "990202"),
        ("星子县", "990283"),
        ("庐山管理局", "990271"),
    ],
)
def test_code_full_name_bare_name_and_old_name_all_mean_the_region(names, written, region):
    assert names.resolve(written, None, "2016-06") == region


def test_bare_nanchang_is_the_county_in_a_file_of_the_city_and_ambiguous_in_one_of_the_province(names):
    assert names.resolve("南昌", "990100", "2015-01") == "990121"
    problem = problem_of(names, "南昌", "990000")
    assert problem.problem == "AMBIGUOUS_REGION"
    assert problem.candidates == ["990100 南昌市", "990121 南昌县"]


def test_two_districts_of_one_name_are_told_apart_by_who_sent_the_file(names):
    assert names.resolve("鼓楼区", "990200", "2015-01") == "990202"
    assert names.resolve("鼓楼", "990100", "2015-01") == "990102"
    assert problem_of(names, "鼓楼区", "990000").candidates == ["990102 鼓楼区", "990202 鼓楼区"]


def test_a_bare_name_means_the_unit_that_existed_in_the_period(names):
    assert names.resolve("新建", "990100", "2015-07") == "990122"
    assert names.resolve("新建", "990100", "2015-08") == "990112"
    assert names.resolve("新建", "990100", "2015") == "990112"


def test_a_zone_and_a_city_of_one_name_are_ambiguous_once_both_exist(names):
    assert names.resolve("庐山", "990200", "2016-04") == "990271"
    assert problem_of(names, "庐山", "990200", "2016-05").problem == "AMBIGUOUS_REGION"


def test_a_total_row_means_the_sender_itself(names):
    for word in ("合计", "全市", "全省", "总计", "合 计", "Total"):
        assert names.resolve(word, "990200", "2015-01") == "990200"
    assert problem_of(names, "合计", None).problem == "UNKNOWN_REGION"


@pytest.mark.parametrize("written", ["九", "沿山县", "990299", "", "<script>", "九江市九江市", "'; DROP TABLE ledger; --"])
def test_an_unknown_name_is_refused_and_never_guessed(names, written):
    assert problem_of(names, written).problem == "UNKNOWN_REGION"


def test_a_code_is_in_force_until_the_day_before_it_ends(names):
    assert names.valid("990122", "2015-06")
    assert not names.valid("990122", "2015-08")
    assert names.valid("990112", "2015-08")
    assert not names.valid("990112", "2015-07")
