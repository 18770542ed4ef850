"""Measurements: `make bench`. Each prints rows of a table; nothing is stored, nothing is asserted."""
