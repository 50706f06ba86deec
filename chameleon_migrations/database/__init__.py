"""The database: sessions, the run lock, the catalogue, the version table, the history, and SQL texts."""
