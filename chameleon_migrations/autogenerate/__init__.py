"""The head catalogue as metadata, and how ``check`` and ``revision --autogenerate`` compare a database with it."""
