"""Two-way synchronisation of master data, one side of it Exact Online."""

__version__ = "0.1.0"
