"""The walk back from what was added up, counted or decided to file, sheet and cell."""

from __future__ import annotations

import json

import pytest

from .bureau import CITY, CITY_AND_COUNTIES, EAST, SOUTH, WEST, bureau_at

RECODED = "990105"  # the code of WEST from September 2016 on


def walk(bureau, capsys, *question: str) -> list[dict]:
    capsys.readouterr()
    assert bureau.run(*question, "--json", command="explain") == 0
    return json.loads(capsys.readouterr().out)["results"]


def places(node: dict) -> list[str]:
    """File and cell of everything below a node that has one, in order."""
    own = [f"{node['source']['file']} {node['source']['cell']}"] if node.get("source", {}).get("cell") else []
    return own + [place for child in node.get("inputs", ()) for place in places(child)]


@pytest.fixture(scope="module")
def recoded(tmp_path_factory):
    bureau = bureau_at(
        tmp_path_factory.mktemp("recoded"),
        CITY_AND_COUNTIES.replace(f"{WEST},西水县,Xishui,county,{CITY}", f"{WEST},西水县,Xishui,county,{CITY},,2016-09-01")
        + f"{RECODED},西水市,Xishui,county,{CITY},2016-09-01\n",
    )
    bureau.write("region_changes.csv", f"old_id,new_id,kind,date,source\n{WEST},{RECODED},recode,2016-09-01,test\n")
    for month in range(7, 10):
        west = WEST if month < 9 else RECODED
        bureau.report(f"2016-{month:02d}", f"2016-{month + 1:02d}-05", name=f"m{month}.csv", region_id=[EAST, west, SOUTH], deaths=[1, 2, 2])
    bureau.run()
    return bureau


def test_a_county_with_a_new_code_is_walked_back_to_what_it_sent_under_the_old_one(recoded, capsys):
    [tree] = walk(recoded, capsys, "indicators", f"region_id={RECODED}", "period=2016Q3", "indicator_id=deaths")
    assert tree["row"]["value"] == 6
    assert places(tree) == ["m7.csv D3", "m8.csv D3", "m9.csv D3"]


def test_its_city_has_each_of_these_cells_once(recoded, capsys):
    [tree] = walk(recoded, capsys, "indicators", f"region_id={CITY}", "period=2016Q3", "indicator_id=deaths")
    assert tree["row"]["value"] == 15
    assert sorted(places(tree)) == [f"m{month}.csv D{row}" for month in (7, 8, 9) for row in (2, 3, 4)]


def test_a_month_of_one_code_is_that_codes_alone(recoded, capsys):
    [tree] = walk(recoded, capsys, "indicators", f"region_id={WEST}", "period=2016-07", "span=month", "indicator_id=deaths")
    assert places(tree) == ["m7.csv D3"]
