"""The tests on every PostgreSQL that is supported: ``make test-servers``."""
