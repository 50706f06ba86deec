"""The rows of the registered tables, compared by value with those of MySQL."""
