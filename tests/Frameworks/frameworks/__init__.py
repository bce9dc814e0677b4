"""Test suites of web frameworks, run on a plain server and through a cluster and compared test by test."""
