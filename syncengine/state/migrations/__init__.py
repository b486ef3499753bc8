"""Steps that bring a state of an older version to this one; each is whole or undone."""
