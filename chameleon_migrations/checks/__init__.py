"""Preconditions of a revision: what a check and a hook are, how they are asked, and what MySQL is asked."""
