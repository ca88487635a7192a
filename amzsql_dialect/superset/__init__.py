"""Superset's engine spec of amzsql, found by its entry point: `spec` alone imports Superset."""
