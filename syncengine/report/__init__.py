"""Turns the outcome of a run into text, JSON, Markdown, HTML and JUnit. Pure: a face prints what comes back."""
