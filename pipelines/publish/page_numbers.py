"""Which numbers the page of a region shows. Chosen for all regions at once, so that a page reads only rows that it shows."""

from __future__ import annotations

import pyarrow as pa

from pipelines.publish.release_data import ReleaseData

SHOWN = 1200  # numbers on one page, so that a phone opens it; beyond them only the newest table of each form
KEY = "region_id, indicator_id, category, period, span, basis"

# Left out: a plain measure that is shown under its own name, a rate of incomplete sums, and January "from January on" where January is there.
# A change whose numbers were not published is shown as well. Of the tables of a form the newest is kept, then others from new to old while
# the page has room; what the newer tables of a form do not have, such as a count of the month that makes none of the year, is kept.
_CANDIDATES = f"""
CREATE TABLE page_candidates AS
WITH reported AS (
  SELECT {KEY}, newest, form_id, input, source, NOT plain AND NOT (obs_status = 'partial' AND rate) AS fit
  FROM indicators JOIN shown USING (period, span) JOIN page_indicators USING (indicator_id)
)
SELECT {KEY}, newest, form_id, input, source
FROM reported AS r
WHERE fit AND NOT (span = 'ytd' AND ends_with(period, '-01') AND EXISTS (
  SELECT 1
  FROM reported AS m
  WHERE m.region_id = r.region_id AND m.indicator_id = r.indicator_id AND m.category = r.category AND m.period = r.period AND m.span = 'month'
    AND m.basis IS NOT DISTINCT FROM r.basis))
UNION ALL
SELECT DISTINCT {KEY}, newest, form_id, input, 'own'
FROM comparisons JOIN shown USING (period, span) JOIN page_indicators USING (indicator_id) ANTI JOIN reported USING ({KEY})
WHERE NOT plain AND (change IS NOT NULL OR change_pct IS NOT NULL)
"""
_TABLES = """
CREATE TABLE page_tables AS
SELECT *, turn > 1 AND sum(numbers) OVER (PARTITION BY region_id ORDER BY turn, newest, form_id, basis) > ? AS left_out
FROM (
  SELECT
    region_id, form_id, basis, newest, count(*) AS numbers, row_number() OVER (PARTITION BY region_id, form_id, basis ORDER BY newest) AS turn
  FROM page_candidates
  WHERE NOT input
  GROUP BY region_id, form_id, basis, newest
)
"""
_NUMBERS = f"""
CREATE TABLE page_numbers AS
SELECT {KEY}, source
FROM page_candidates
WHERE input
UNION ALL
SELECT {KEY}, source
FROM (
  SELECT c.*, t.left_out, t.turn > min(t.turn) OVER (PARTITION BY c.region_id, c.form_id, c.basis, c.indicator_id) AS again
  FROM page_candidates AS c
  JOIN page_tables AS t ON t.region_id = c.region_id AND t.form_id = c.form_id AND t.newest = c.newest AND t.basis IS NOT DISTINCT FROM c.basis
  WHERE NOT c.input
)
WHERE NOT (left_out AND again)
"""
# The figures that a page may need for where its numbers come from; without a category: those of all.
_FIGURES = """
CREATE TABLE page_figures AS
SELECT DISTINCT n.region_id, t.form_id, t.measure, CASE WHEN n.source <> 'dimension' THEN coalesce(t.category, n.category) END AS category
FROM page_numbers AS n
JOIN page_terms AS t USING (indicator_id)
"""
# The newest place of a region for each indicator it is ranked by; one alone is no ranking, and nobody is ranked by an annual input.
_PLACES = f"""
CREATE TABLE page_places AS
SELECT {KEY}, peer_group
FROM rankings JOIN shown USING (period, span) JOIN page_indicators USING (indicator_id)
WHERE rank IS NOT NULL AND ranked_count > 1 AND NOT plain AND NOT input
QUALIFY row_number() OVER (PARTITION BY region_id, indicator_id, category, peer_group ORDER BY newest, basis) = 1
"""


def choose(data: ReleaseData, shown: int = SHOWN) -> None:
    """Make `page_numbers`, `page_figures` and `page_places` beside the release: the keys of what the pages of regions show and need.

    `page_tables` says which tables of a region are `left_out` but for what they alone have.
    """
    ids = [row["indicator_id"] for row in data.rows(
        "SELECT indicator_id FROM indicators UNION SELECT indicator_id FROM comparisons UNION SELECT indicator_id FROM rankings ORDER BY ALL")]
    declared = {name: data.declared(name) for name in ids}
    facts = [(name, data.form_of(name), name in data.plain, data.is_input(data.form_of(name)), bool(d and d.denominator)) for name, d in declared.items()]
    terms = [(name, *term[1:]) for name, d in declared.items() if d for way in (d.numerator + d.denominator, *(a + b for a, b in d.otherwise)) for term in way]
    data.table("page_indicators", {"indicator_id": pa.string(), "form_id": pa.string(), "plain": pa.bool_(), "input": pa.bool_(), "rate": pa.bool_()}, facts)
    data.table("page_terms", {"indicator_id": pa.string(), "form_id": pa.string(), "measure": pa.string(), "category": pa.string()}, terms)
    data.con.execute(_CANDIDATES)
    data.con.execute(_TABLES, [shown])
    for sql in (_NUMBERS, _FIGURES, _PLACES):
        data.con.execute(sql)
