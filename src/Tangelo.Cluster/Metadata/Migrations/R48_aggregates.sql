-- The second phase of aggregates over floating-point numbers: partial results of the shards, in the form in which PostgreSQL's own parallel plans
-- pass them on, are combined by PostgreSQL's own functions. One argument: count, sum, and the sum of squares of differences from the mean.

CREATE OR REPLACE AGGREGATE tangelo_var_pop(double precision[]) (SFUNC = float8_combine, STYPE = double precision[], FINALFUNC = float8_var_pop, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_var_samp(double precision[]) (SFUNC = float8_combine, STYPE = double precision[], FINALFUNC = float8_var_samp, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_stddev_pop(double precision[]) (SFUNC = float8_combine, STYPE = double precision[], FINALFUNC = float8_stddev_pop, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_stddev_samp(double precision[]) (SFUNC = float8_combine, STYPE = double precision[], FINALFUNC = float8_stddev_samp, PARALLEL = SAFE);

-- Two arguments: count, then sum and squares of the second, sum and squares of the first, and the products.
CREATE OR REPLACE AGGREGATE tangelo_corr(double precision[]) (SFUNC = float8_regr_combine, STYPE = double precision[], FINALFUNC = float8_corr, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_covar_pop(double precision[]) (SFUNC = float8_regr_combine, STYPE = double precision[], FINALFUNC = float8_covar_pop, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_covar_samp(double precision[]) (SFUNC = float8_regr_combine, STYPE = double precision[], FINALFUNC = float8_covar_samp, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_regr_sxx(double precision[]) (SFUNC = float8_regr_combine, STYPE = double precision[], FINALFUNC = float8_regr_sxx, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_regr_syy(double precision[]) (SFUNC = float8_regr_combine, STYPE = double precision[], FINALFUNC = float8_regr_syy, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_regr_sxy(double precision[]) (SFUNC = float8_regr_combine, STYPE = double precision[], FINALFUNC = float8_regr_sxy, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_regr_avgx(double precision[]) (SFUNC = float8_regr_combine, STYPE = double precision[], FINALFUNC = float8_regr_avgx, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_regr_avgy(double precision[]) (SFUNC = float8_regr_combine, STYPE = double precision[], FINALFUNC = float8_regr_avgy, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_regr_r2(double precision[]) (SFUNC = float8_regr_combine, STYPE = double precision[], FINALFUNC = float8_regr_r2, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_regr_slope(double precision[]) (SFUNC = float8_regr_combine, STYPE = double precision[], FINALFUNC = float8_regr_slope, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tangelo_regr_intercept(double precision[]) (SFUNC = float8_regr_combine, STYPE = double precision[], FINALFUNC = float8_regr_intercept, PARALLEL = SAFE);

-- Arrays of the shards, one after the other.
CREATE OR REPLACE AGGREGATE tangelo_array_agg(anycompatiblearray) (SFUNC = array_cat, STYPE = anycompatiblearray, PARALLEL = SAFE);

-- Squares of numerics with more digits behind the point than half of what a numeric has are rounded: then partial sums of squares are not exact.
CREATE OR REPLACE FUNCTION tangelo_squares_are_rounded(scale int) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF scale > 8191 THEN
        RAISE EXCEPTION 'variance of numeric values with more than 8191 decimal places is not supported on distributed tables' USING ERRCODE = '0A000',
            DETAIL = 'Sums of squares that the shards compute would not be exact.', HINT = 'Round the values.';
    END IF;
    RETURN false;
END $$;
