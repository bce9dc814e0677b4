-- When recovery has rolled back a prepared transaction that had no decision. The row of pg_dist_transaction that keeps its router from deciding yet has no
-- outer_xid; both go after a day.
CREATE TABLE tangelo_refused_commit (gid text NOT NULL, refused_at timestamptz NOT NULL DEFAULT now());
ALTER TABLE tangelo_refused_commit REPLICA IDENTITY FULL;
