"""chameleon-migrations beside pg_chameleon on the same data, in one run. ``make bench`` runs them."""
