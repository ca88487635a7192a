"""The SQLAlchemy dialect of amzsql: ``create_engine("amzsql://...")`` on SQLAlchemy 1.4, 2.0 and 2.1."""
