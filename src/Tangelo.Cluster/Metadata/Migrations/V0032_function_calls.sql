-- Which functions are distributed by which argument is part of the map.
CREATE TRIGGER tangelo_metadata_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_dist_object
    FOR EACH STATEMENT EXECUTE FUNCTION tangelo_metadata_changed();
