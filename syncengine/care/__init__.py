"""Cares for a project's state: before every run, on a person's command, and by telling what is kept and how it stands."""
