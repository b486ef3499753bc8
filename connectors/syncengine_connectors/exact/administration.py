"""The pinned administration: that it is the one meant, and whether it was moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from syncengine.errors import LoginError, Rejected
from syncengine_connectors.exact.catalogue import Catalogue
from syncengine_connectors.exact.listing import envelope, pages
from syncengine_connectors.exact.session import Session

_DIVISION = "Code,Description,CustomerName,Country,Status,BlockingStatus,DivisionMoveDate"
_ME = "UserID,FullName,CurrentDivision"


class Administration:
    """What is known of the division and the user; asked once per process."""

    def __init__(self, session: Session, catalogue: Catalogue, *, name: str = "") -> None:
        """Ask nothing yet.

        Args:
            name: What the division must be called; "" if any name will do.
        """
        self._session = session
        self._wanted = name
        self._catalogue = catalogue
        self._row: Mapping[str, Any] | None = None
        self._me: Mapping[str, Any] | None = None

    def row(self) -> Mapping[str, Any]:
        """The division as Exact describes it; empty if the app may not read divisions.

        Raises:
            LoginError: This user cannot reach it, or it has another name than the mapping says.
        """
        if self._row is None:
            endpoint = self._catalogue.endpoint("system/Divisions")
            query = [("$select", _DIVISION), ("$filter", f"Code eq {self._session.division}")]
            try:
                content = self._session.get(endpoint.path, self._session.path(endpoint.uri), query)
            except Rejected as error:
                if error.status != "403":
                    raise
                self._row = {}
                return self._row
            found = [row for row in envelope(endpoint, content)[0] if _number(row) == self._session.division]
            if not found:
                raise LoginError(
                    f"Division {self._session.division} is not among those this login can reach; nothing was written. See "
                    "which there are: sync login --divisions. Then correct division in sync.yaml, or log in as another user."
                )
            shown = str(found[0].get("Description") or "").strip()
            if self._wanted and shown != self._wanted:
                raise LoginError(
                    f'Division {self._session.division} is called "{shown}", and the mapping says name: {self._wanted}; nothing was '
                    "written. Correct the number or the name in sync.yaml (sync login --divisions lists both)."
                )
            self._row = found[0]
        return self._row

    def name(self) -> str:
        """The division's own name; "" if unknown."""
        return str(self.row().get("Description") or "").strip()

    def moved(self) -> str:
        """``DivisionMoveDate`` as answered; "" if it never moved or cannot be read."""
        return str(self.row().get("DivisionMoveDate") or "")

    def me(self) -> Mapping[str, Any]:
        """The user who logged in. ``CurrentDivision`` follows a browser and is never used.

        Raises:
            LoginError: Nobody is logged in.
        """
        if self._me is None:
            endpoint = self._catalogue.endpoint("current/Me")
            content = self._session.get(endpoint.path, endpoint.uri, [("$select", _ME)])
            rows = envelope(endpoint, content)[0]
            self._me = rows[0] if rows and isinstance(rows[0], Mapping) else {}
        return self._me

    def user(self) -> str:
        """The id of the user who logged in, in lower case; "" if Exact does not show it.

        Raises:
            Transient, LoginError: As ``Session.get``.
        """
        return str(self.me().get("UserID") or "").lower()

    def all(self) -> Sequence[Mapping[str, Any]]:
        """Every division this user can reach."""
        endpoint = self._catalogue.endpoint("system/Divisions")
        found = []
        for page in pages(self._session, endpoint, [("$select", _DIVISION)]):
            found += [row for row in page.rows if _number(row) is not None]
        return found


def _number(row: Any) -> int | None:
    code = row.get("Code") if isinstance(row, Mapping) else None
    return code if isinstance(code, int) else None
