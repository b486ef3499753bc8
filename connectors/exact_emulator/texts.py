"""Validation texts, in the language of the user who authorised the app."""

from __future__ import annotations

from typing import Literal

from exact_emulator.errors import ApiError

Language = Literal["NL", "EN"]

_TEXTS: dict[str, dict[Language, str]] = {
    "mandatory": {"NL": "Verplicht: {}", "EN": "Mandatory: {}"},
    "reference": {"NL": "Ongeldige referentie: {}", "EN": "Invalid reference: {}"},
    "invalid": {"NL": "Ongeldig: {}", "EN": "Invalid: {}"},
    "exists": {"NL": "Gegeven bestaat reeds.", "EN": "Data already exists"},
    "not_allowed": {"NL": "Niet toegestaan: {}", "EN": "Not allowed: {}"},
    "in_use": {"NL": "Kan niet verwijderen: {} - In gebruik: {}", "EN": "Can't delete: {} - Used in: {}"},
    "callback": {
        "NL": "Ongeldig: Post naar callback-URL-endpoint geeft {} terug",
        "EN": "Invalid: Post to callback URL endpoint returns {}",
    },
}

FAULT = "A problem has occurred. The cause of this issue will be investigated as soon as possible."


class Complaints:
    """Collects what is wrong with one record; several texts are joined as the server joins them."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.texts: list[str] = []

    def add(self, kind: str, *what: str) -> None:
        """Note one complaint of a kind named in this module."""
        self.texts.append(_TEXTS[kind][self.language].format(*what))

    def check(self) -> None:
        """End the call if anything was noted.

        Raises:
            ApiError: 500 with all texts, joined by CR LF.
        """
        if self.texts:
            raise ApiError(500, "\r\n".join(self.texts))


def refuse(language: Language, kind: str, *what: str) -> ApiError:
    """Give one complaint as the error to raise."""
    return ApiError(500, _TEXTS[kind][language].format(*what))
