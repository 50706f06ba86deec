"""The real pg_chameleon 1.8.2 and 2.0.21, and the MariaDB that they replicate."""
