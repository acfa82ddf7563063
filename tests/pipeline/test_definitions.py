"""What Dagster loads: the assets of the road, a check for every published table, one job, monthly partitions."""

from __future__ import annotations

import dagster as dg
import pytest

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


def test_assets_depend_on_what_their_sql_reads(defs):
    graph = defs.resolve_asset_graph()

    def parents(name: str) -> set[str]:
        return {key.to_user_string() for key in graph.get(dg.AssetKey(name)).parent_keys}

    assert "indicators" in parents("comparisons")
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
