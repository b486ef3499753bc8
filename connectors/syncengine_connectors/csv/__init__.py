"""A folder of CSV files as a side; see ``connector.py``."""

from syncengine_connectors.csv.connector import PLUGIN

__all__ = ["PLUGIN"]
