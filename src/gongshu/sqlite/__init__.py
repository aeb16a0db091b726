"""Django's SQLite backend, with transactions that wait for their turn in a better way."""
