"""Functions that the SELECTs call, in SQL.

Rules that SQL has no exact word for, as functions of the engine: a ratio of decimals rounded on integers, half away from zero (四舍五入) or
cut off (截尾), which for whole numbers below 10^9, nearly all there are, takes integers of 64 bits and so a fifth of the time; how exact a sum is, of the bits of its parts (qualifiers.sql: 1 exact, 2 at least, 4 recovered, 8 about); the number of decimals of a value as printed; the level of an accident by State Council Decree 493, Article 3 (以上 includes
the number; the highest level that any one of the three reaches; loss in yuan), and in the words of bulletins before June 2007, when 重大 was
3 to 9 deaths and 特大 10 and more; and the check digit of GB 32100-2015.
"""

FUNCTIONS = """
CREATE OR REPLACE MACRO ratio_of_decimals(numerator, denominator, decimals, mode) AS
    CAST(sign(CAST(numerator AS DECIMAL(38,6))) * sign(CAST(denominator AS DECIMAL(38,6))) AS DECIMAL(2,0)) * CAST(
      CAST((2 * abs(CAST(CAST(numerator AS DECIMAL(38,6)) * 1000000 AS HUGEINT)) * CAST(power(10, decimals) AS HUGEINT)
        + CASE WHEN mode = 'truncate' THEN 0 ELSE abs(CAST(CAST(denominator AS DECIMAL(38,6)) * 1000000 AS HUGEINT)) END)
        // (2 * abs(CAST(CAST(denominator AS DECIMAL(38,6)) * 1000000 AS HUGEINT))) * CAST(power(10, 6 - decimals) AS HUGEINT) AS DECIMAL(30,0))
      * CAST(0.000001 AS DECIMAL(7,6)) AS DECIMAL(36,6));
CREATE OR REPLACE MACRO ratio_of_integers(numerator, denominator, decimals, mode) AS
    CAST(CAST(CAST(sign(numerator) * sign(denominator) AS BIGINT) *
      ((2 * abs(numerator) * CAST(power(10, decimals) AS BIGINT) + CASE WHEN mode = 'truncate' THEN 0 ELSE abs(denominator) END)
        // (2 * abs(denominator))) * CAST(power(10, 6 - decimals) AS BIGINT) AS DECIMAL(18,0))
      * CAST(0.000001 AS DECIMAL(7,6)) AS DECIMAL(38,6));
CREATE OR REPLACE MACRO is_small_integer(x) AS
    x BETWEEN -1e9 AND 1e9 AND floor(x) = x;
CREATE OR REPLACE MACRO ratio(numerator, denominator, decimals, mode) AS
    CASE WHEN numerator IS NULL OR denominator IS NULL OR denominator = 0 THEN NULL
      WHEN is_small_integer(CAST(numerator AS DOUBLE)) AND is_small_integer(CAST(denominator AS DOUBLE))
        THEN ratio_of_integers(CAST(CAST(numerator AS DOUBLE) AS BIGINT), CAST(CAST(denominator AS DOUBLE) AS BIGINT), decimals, mode)
      ELSE ratio_of_decimals(numerator, denominator, decimals, mode) END;
CREATE OR REPLACE MACRO qualifier_of_sum(bits) AS
    CASE WHEN (bits & (bits - 1)) = 0 THEN bits WHEN (bits | 3) = 3 THEN 2 WHEN (bits | 5) = 5 THEN 4 ELSE 8 END;
CREATE OR REPLACE MACRO printed_decimals(printed) AS
    length(regexp_extract(printed, '\\.([0-9]+)', 1));
CREATE OR REPLACE MACRO accident_level(deaths, serious, loss) AS
    CASE WHEN deaths >= 30 OR serious >= 100 OR loss >= 100000000 THEN 4
      WHEN deaths >= 10 OR serious >= 50 OR loss >= 50000000 THEN 3
      WHEN deaths >= 3 OR serious >= 10 OR loss >= 10000000 THEN 2 ELSE 1 END;
CREATE OR REPLACE MACRO accident_level_before_2007(deaths) AS
    CASE WHEN deaths >= 10 THEN '特大' WHEN deaths >= 3 THEN '3' WHEN deaths IS NOT NULL THEN '1' END;
CREATE OR REPLACE MACRO credit_code_digit(code) AS
    substr('0123456789ABCDEFGHJKLMNPQRTUWXY', 1 + (31 - CAST(list_sum(list_transform(range(17),
      lambda i: (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, CAST(i AS INTEGER) + 1, 1)) - 1)
        * [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28][i + 1])) AS INTEGER) % 31) % 31, 1);
CREATE OR REPLACE MACRO is_credit_code(code) AS
    regexp_full_match(code, '[0-9A-HJ-NP-RTUWXY]{18}') AND substr(code, 18, 1) = credit_code_digit(code);
"""
