"""What Dagster loads: the assets of the road, a check for every published table, one job, monthly partitions."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pipelines import checks
from pipelines.engines.warehouse import Warehouse
from transforms import catalogue


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    from pipelines.definitions import defs

    return defs


def keys(defs) -> set[str]:
    return {key.to_user_string() for key in defs.resolve_all_asset_keys()}


def test_every_published_table_is_an_asset_of_its_own_name(defs):
    assert set(catalogue.published()) - {"revisions"} <= keys(defs)
    assert {"ledger", "receipts", "release", "site"} <= keys(defs)


def test_every_published_table_has_a_blocking_check(defs):
    graph = defs.resolve_asset_graph()
    checked = {key.asset_key.to_user_string() for key in graph.asset_check_keys if key.name == "as_declared"}
    assert checked == set(catalogue.published()) - {"revisions"}
    assert all(graph.get_check_spec(key).blocking for key in graph.asset_check_keys if key.name == "as_declared")


@pytest.mark.parametrize(("change", "broken"), [
    ("", {}),
    ("INSERT INTO regions SELECT * FROM regions WHERE region_id = 'Z1'", {"key_repeated": 2}),  # its valid_from is blank, which is a value of a key
    ("UPDATE regions SET valid_from = DATE '2020-01-01', region_id = 'Z1'", {"key_repeated": 3}),
    ("UPDATE regions SET name_zh = NULL WHERE region_id = 'Z2'", {"required_missing": 1}),
    ("UPDATE regions SET kind = 'county'", {"not_in_code_list": 3}),
    ("UPDATE regions SET depth = -1 WHERE region_id <> 'Z1'", {"out_of_bounds": 2}),
])
def test_what_a_table_must_not_have_is_counted(change, broken):
    with Warehouse(Path(":memory:")) as warehouse:
        warehouse.con.execute(
            "CREATE TABLE regions AS SELECT 'Z' || n AS region_id, '县' AS name_zh, '' AS name_en, 'county' AS level, '' AS parent_id, "
            "CAST(NULL AS DATE) AS valid_from, CAST(NULL AS DATE) AS valid_to, 'division' AS kind, TRUE AS ranked, TRUE AS counted, "
            "TRUE AS included_in_parent, 1 AS depth FROM range(1, 4) AS t(n)")
        warehouse.con.execute(change or "SELECT 1")
        (found,) = checks.judge(warehouse, ["regions"])
    assert {rule: number.value for rule, number in found.metadata.items()} == broken
    assert found.passed == (not broken)


def test_assets_depend_on_what_their_sql_reads(defs):
    graph = defs.resolve_asset_graph()

    def parents(name: str) -> set[str]:
        return {key.to_user_string() for key in graph.get(dg.AssetKey(name)).parent_keys}

    assert "figures" in parents("comparisons")
    assert "target_progress" in parents("rankings")
    assert "figures" in parents("indicators")
    assert "ledger" in parents("figures")
    assert {"submissions", "quality_findings"} <= parents("receipts")
    assert {"rankings", "comparisons"} <= parents("release")
    assert parents("site") == {"release"}


def test_the_job_runs_in_one_process_over_months(defs):
    job = defs.resolve_job_def("monthly_release")
    assert job.executor_def.name == "in_process"
    assert job.partitions_def.get_partition_keys()[0] == "2000-01"


def test_every_asset_says_what_it_is(defs):
    graph = defs.resolve_asset_graph()
    for name in keys(defs):
        assert graph.get(dg.AssetKey(name)).description, name
