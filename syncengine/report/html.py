"""A run as one HTML page that needs nothing else and runs nothing."""

from __future__ import annotations

from syncengine.report.pages import environment
from syncengine.report.view import View


def make_html(view: View) -> str:
    """Write a report. Everything a side holds is escaped, and the page forbids itself scripts, pictures and requests."""
    return environment(html=True).get_template("report.html").render(view=view)
