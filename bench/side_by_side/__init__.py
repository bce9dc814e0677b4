"""Measures Tangelo beside plain PostgreSQL and pgbouncer, in rounds that take turns."""
