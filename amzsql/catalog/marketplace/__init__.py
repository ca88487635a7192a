"""Schema Marketplace: the tables that MWS had, under its names and spellings, out of the Selling Partner API."""

SCHEMAS = ("Marketplace",)
