-- One row per value that an item or a veto of a region was judged by: which metric of the rule it is, and where it was read.
SELECT
  a.scheme_id, a.period, a.region_id, a.item_id, a.metric, a.serial, a.role, a.source, a.indicator_id, a.category, a.span, a.input_period, a.basis,
  a.value, a.submission_id, a.sheet, a.cell
FROM assessed_inputs AS a
