-- One row per region and line whose numbers are not simply those of its slot: a sum of several, a rate, a rate passed on as it was printed, or the
-- second line of one plain number.
-- Internal. Everything else of indicator_values is a slot of regional_values.
WITH sides AS (
  SELECT line_no, side, max(terms) AS terms, count(*) AS slots, max(slot_no) AS slot_no, min(sign) AS sign
  FROM line_slots
  WHERE NOT plain
  GROUP BY line_no, side
),
lines AS (
  SELECT
    l.line_no, i.scale, i.decimals, i.denominator_terms, i.averaged,
    -- One slot over another: nothing to add up.
    coalesce(n.terms = 1 AND n.slots = 1 AND n.sign = 1 AND d.terms = 1 AND d.slots = 1 AND d.sign = 1, FALSE) AS two_slots,
    n.slot_no AS numerator_slot, d.slot_no AS denominator_slot
  FROM indicator_lines AS l
  JOIN indicator_settings AS i ON i.indicator_id = l.indicator_id
  JOIN sides AS n ON n.line_no = l.line_no AND n.side = 'numerator'
  LEFT JOIN sides AS d ON d.line_no = l.line_no AND d.side = 'denominator'
),
ways AS (
  SELECT
    s.line_no, v.region_no, s.side = 'numerator' AS above,  -- the fraction bar, or below it
    s.way, CAST(sum(CASE WHEN s.is_condition THEN 0 WHEN s.sign = 1 THEN v.value ELSE -v.value END) AS DECIMAL(24,6)) AS value,
    sum(CASE WHEN NOT s.is_condition THEN 0 WHEN s.sign = 1 THEN v.value ELSE -v.value END) AS must_be_zero, bool_or(v.partial) AS partial,
    bool_or(v.recovered) AS recovered,
    bit_or(v.qualifiers) AS bits, min(v.source) AS source, min(CASE WHEN v.partial THEN v.children_reported END) AS children_reported,
    max(v.children_total) AS children_total
  FROM lines AS l
  JOIN line_slots AS s ON s.line_no = l.line_no
  JOIN regional_values AS v ON v.slot_no = s.slot_no
  WHERE NOT l.two_slots
  GROUP BY s.line_no, v.region_no, s.side = 'numerator', s.way
  HAVING count(*) = max(s.terms)
),
-- Of several ways to a number the first by which it is whole, else the number itself. A further way is none where a number on it is incomplete or not
-- exact, where what must be zero is not, or where a count would be less than none.
summed AS (
  SELECT w.*, row_number() OVER (PARTITION BY w.line_no, w.region_no, w.above ORDER BY CASE WHEN w.partial THEN 1 ELSE 0 END, w.way) AS choice
  FROM ways AS w
  WHERE w.way = 1 OR NOT w.partial AND w.bits = 1 AND w.must_be_zero = 0 AND w.value >= 0
),
together AS (
  SELECT
    l.line_no, n.region_no, n.value AS numerator, d.value AS denominator, n.partial OR d.partial AS partial, n.recovered,
    n.qualifiers | d.qualifiers AS bits, n.source, CASE WHEN n.partial THEN n.children_reported ELSE d.children_reported END AS children_reported,
    CASE WHEN n.partial THEN n.children_total ELSE d.children_total END AS children_total, l.scale, l.decimals
  FROM lines AS l
  JOIN regional_values AS n ON n.slot_no = l.numerator_slot
  JOIN regional_values AS d ON d.slot_no = l.denominator_slot AND d.region_no = n.region_no
  WHERE l.two_slots
  UNION ALL
  SELECT
    l.line_no, n.region_no, n.value,
    CASE WHEN l.averaged THEN CAST(d.value * CAST(0.5 AS DECIMAL(2,1)) AS DECIMAL(24,6)) ELSE d.value END, n.partial OR d.partial, n.recovered, n.bits | d.bits, n.source,
    CASE WHEN n.partial THEN n.children_reported ELSE d.children_reported END, CASE WHEN n.partial THEN n.children_total ELSE d.children_total END,
    l.scale, l.decimals
  FROM lines AS l
  JOIN summed AS n ON n.line_no = l.line_no AND n.above AND n.choice = 1
  JOIN summed AS d ON d.line_no = l.line_no AND NOT d.above AND d.region_no = n.region_no AND d.choice = 1
  WHERE NOT l.two_slots AND l.denominator_terms > 0
),
other_decimals AS (
  SELECT l.line_no, n.region_no, x.decimals
  FROM indicator_decimals AS x
  JOIN indicator_lines AS l ON l.indicator_id = x.indicator_id
  JOIN region_numbers AS n ON n."level" = x."level"
),
computed AS (
  SELECT
    n.line_no, n.region_no, n.value AS numerator, CAST(NULL AS DECIMAL(24,6)) AS denominator, n.value, n.partial, n.recovered,
    CASE WHEN (n.bits & (n.bits - 1)) = 0 THEN n.bits ELSE 8 END AS qualifiers, n.source,
    CAST(CASE WHEN n.partial THEN ratio(coalesce(n.children_reported, 0) * 100, n.children_total, 2, 'half_up') ELSE 100 END AS DECIMAL(9,2)) AS reporting_share
  FROM lines AS l
  JOIN summed AS n ON n.line_no = l.line_no AND n.above AND n.choice = 1
  WHERE l.denominator_terms = 0
  UNION ALL
  SELECT
    t.line_no, t.region_no, t.numerator, t.denominator,
    -- No rate of an incomplete sum: its numerator and denominator may be of different regions.
    CAST(CASE WHEN t.partial THEN NULL ELSE ratio(t.numerator * t.scale, t.denominator, coalesce(x.decimals, t.decimals), (SELECT mode FROM parameters)) END AS DECIMAL(24,6)),
    t.partial, t.recovered,
    CASE WHEN (t.bits & (t.bits - 1)) = 0 THEN t.bits WHEN (t.bits | 5) = 5 THEN 4 ELSE 8 END, t.source,
    CAST(CASE WHEN t.partial THEN ratio(coalesce(t.children_reported, 0) * 100, t.children_total, 2, 'half_up') ELSE 100 END AS DECIMAL(9,2))
  FROM together AS t
  LEFT JOIN other_decimals AS x ON x.line_no = t.line_no AND x.region_no = t.region_no
),
-- A rate that was printed without its numerator and denominator is passed on as printed, and says so. One whose numbers stand beside it
-- never is, not even where they are disputed.
printed AS (
  SELECT l.line_no, l.slot_no, n.region_no, c.value
  FROM printed_values AS c
  JOIN reported_rows AS r ON r.row_no = c.row_no
  JOIN form_rates AS f ON f.form_id = r.form_id AND f.printed_id = c.measure
  JOIN region_numbers AS n ON n.region_id = r.region_id AND n."level" IS NOT NULL
  JOIN indicator_lines AS l
    ON l.indicator_id = f.indicator_id AND l.category = r.category AND l.basis = r.basis AND l.period = r.period AND l.span = r.span
  WHERE c.kind = 'rate' AND c.state = 'value'
    AND NOT EXISTS (
      SELECT 1 FROM row_reconciliations AS q
      WHERE q.kind = 'rate' AND q.row_no = c.row_no AND q.cell = c.cell AND q.numerator IS NOT NULL AND q.denominator IS NOT NULL)
),
as_reported AS (
  SELECT p.line_no, p.region_no, p.value
  FROM printed AS p
  WHERE NOT EXISTS (SELECT 1 FROM computed AS k WHERE k.line_no = p.line_no AND k.region_no = p.region_no)
    AND NOT EXISTS (SELECT 1 FROM regional_values AS v WHERE v.slot_no = p.slot_no AND v.region_no = p.region_no)
)
SELECT
  line_no, region_no, numerator, denominator, value, reporting_share, partial, recovered, FALSE AS as_reported, qualifiers, source
FROM computed
UNION ALL
SELECT
  line_no, region_no, CAST(NULL AS DECIMAL(24,6)), CAST(NULL AS DECIMAL(24,6)), CAST(value AS DECIMAL(24,6)), CAST(100 AS DECIMAL(9,2)),
  FALSE, FALSE, TRUE, 1, 3
FROM as_reported
UNION ALL
SELECT
  s.line_no, v.region_no, CASE WHEN s.sign = 1 THEN v.value ELSE -v.value END, CAST(NULL AS DECIMAL(24,6)),
  CASE WHEN s.sign = 1 THEN v.value ELSE -v.value END,
  CAST(CASE WHEN v.partial THEN ratio(coalesce(v.children_reported, 0) * 100, v.children_total, 2, 'half_up') ELSE 100 END AS DECIMAL(9,2)),
  v.partial, v.recovered, FALSE, v.qualifiers, v.source
FROM line_slots AS s
JOIN regional_values AS v ON v.slot_no = s.slot_no
WHERE s.plain AND s.line_no <> s.slot_no
