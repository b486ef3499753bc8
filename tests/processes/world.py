"""A CSV file, an emulator in a process of its own, and the hands of people on either side."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from syncengine.ports import Ports
from syncengine_connectors.exact import log_in
from tests.processes.driver import admin

REPOSITORY: Final = Path(__file__).resolve().parents[2]
DIVISION: Final = 123456
HEADER: Final = ("id", "company", "kvk", "email", "city")
FIELDS: Final = {"company": "Name", "kvk": "ChamberOfCommerce", "email": "Email", "city": "City"}

MAPPING: Final = """\
version: 1
systems:
  shop: {{connector: csv, folder: shop, new_id: next}}
  exact: {{connector: exact, country: nl, division: 123456, url: "{address}", client_id: env:EXACT_ID, client_secret: env:EXACT_SECRET}}
entities:
  accounts:
    pair: [shop.customers, exact.Accounts]
    match: [ChamberOfCommerce]
    first_link: shop
    fields:
      Name: company
      ChamberOfCommerce: kvk
      Email: {{from: email, conflict: shop}}
      City: {{from: city, conflict: exact}}
    create: {{exact: auto, shop: auto}}
"""

FAULTS: Final = (
    "timeout_done", "timeout", "reset_done", "reset", "half_body", "created_cut", "fault", "fault_done",
    "html_502", "html_502_done", "empty_500", "deadlock", "cut_json", "timeout_late", "request_timeout",
)  # fmt: skip
SHARE: Final = 0.25
"""Of all answers, so many are faulty."""


class Server:
    """An emulator in a process of its own; its port is told in the line it prints when it is ready."""

    def __init__(self) -> None:
        options = ["--port", "0", "--auto-login", "--limits", "off", "--admin"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "exact_emulator", *options],
            cwd=REPOSITORY / "connectors",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.told: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.address: str = self.told["address"]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def admin(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """Ask behind the API's back."""
        return admin(self.address, path, body, method)

    def faulty(self, dice: random.Random) -> None:
        """From now on a quarter of all answers is faulty, each in its own way."""
        rules = [
            {"kind": kind, "path": "*/api/*", "probability": SHARE / len(FAULTS), "seed": dice.randrange(10**6)}
            | ({"after_requests": dice.randint(1, 5)} if kind == "timeout_late" else {})
            for kind in FAULTS
        ]
        self.admin("faults", {"faults": rules})

    def healthy(self) -> None:
        """From now on every answer is whole."""
        self.admin("faults", method="DELETE")

    def struck(self) -> int:
        """How many answers were faulty."""
        return sum(rule["struck"] for rule in self.admin("faults")["faults"])

    def accounts(self) -> dict[str, Any]:
        """The emulator's own count of what it holds."""
        found: dict[str, Any] = self.admin("records/crm/Accounts")
        return found


@dataclass
class Project:
    """A project folder.

    Attributes:
        wanted: Chamber number → field → the value a person typed last, and may expect on both sides.
        born: Chamber number → the side where a person made it.
    """

    root: Path
    server: Server
    dice: random.Random
    wanted: dict[str, dict[str, str]] = field(default_factory=dict)
    born: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        (self.root / "shop").mkdir(parents=True)
        (self.root / "sync.yaml").write_text(MAPPING.format(address=self.server.address))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SYNCENGINE", "EXACT"))},
            "EXACT_ID": self.server.told["client_id"],
            "EXACT_SECRET": self.server.told["client_secret"],
            "SYNCENGINE_CREDENTIALS": str(self.root / "credentials"),
            "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'connectors'}",
        }
        self.write([])
        self.log_in()

    def log_in(self) -> None:
        """A person logs in."""
        options = {
            "country": "nl",
            "division": DIVISION,
            "url": self.server.address,
            "client_id": self.server.told["client_id"],
            "client_secret": self.server.told["client_secret"],
        }
        ports = Ports(root=self.root, state=self.root, credentials=self.root / "credentials", clock=self._clock())
        log_in(options, ports, {})

    def _clock(self) -> Any:
        from tests.processes.driver import EmulatedClock

        return EmulatedClock(self.server.address)

    # The shop's file, as its people see it.

    @property
    def file(self) -> Path:
        """The shop's customers."""
        return self.root / "shop" / "customers.csv"

    def rows(self) -> list[dict[str, str]]:
        """What the file holds."""
        return list(csv.DictReader(io.StringIO(self.file.read_text(encoding="utf-8"))))

    def write(self, rows: list[dict[str, str]]) -> None:
        """People save their file."""
        text = io.StringIO()
        writer = csv.DictWriter(text, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.file.write_text(text.getvalue(), encoding="utf-8")

    # What people do between runs.

    def token(self, what: str) -> str:
        """A value nobody else ever typed."""
        self.count += 1
        return f"{what}{self.count}"

    def people(self) -> None:
        """People add and edit on both sides; each field of a record is edited on one side at a time."""
        for _ in range(self.dice.randint(1, 2)):
            self._add(self.dice.choice(("shop", "exact")))
        rows = self.rows()
        if rows:
            row = self.dice.choice(rows)
            row["email"] = f"{self.token('mail')}@shop.example"
            self.wanted[row["kvk"]]["email"] = row["email"]
            self.write(rows)
        records = [r for r in self.server.accounts()["records"] if r["fields"]["ChamberOfCommerce"] in self.wanted]
        if records:
            record = self.dice.choice(records)
            city = self.token("Stad ")
            self.wanted[record["fields"]["ChamberOfCommerce"]]["city"] = city
            self.server.admin(f"edit/crm/Accounts/{record['id']}", {"City": city})

    def _add(self, side: str) -> None:
        kvk = f"{10_000_000 + self.count:08d}"
        values = {"company": self.token("Firma "), "kvk": kvk, "email": f"{self.token('mail')}@{side}.example"}
        values["city"] = self.token("Stad ")
        self.wanted[kvk], self.born[kvk] = values, side
        if side == "shop":
            rows = self.rows()
            number = max((int(row["id"]) for row in rows), default=0) + 1
            self.write([*rows, {"id": str(number), **values}])
        else:
            self.server.admin("create/crm/Accounts", {FIELDS[name]: value for name, value in values.items()})

    # Runs.

    def start(self, *before: str, retry: bool = False) -> subprocess.Popen[str]:
        """Begin a run in a process of its own; ``retry``: a person decided first that refused writes are tried again."""
        command = [*before, sys.executable, "-m", "tests.processes.driver", str(self.root), self.server.address]
        command += ["retry"] if retry else []
        return subprocess.Popen(
            command, cwd=REPOSITORY, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *before: str, retry: bool = False) -> tuple[int, str]:
        """A whole run: how it ended, and what it said."""
        process = self.start(*before, retry=retry)
        out, error = process.communicate(timeout=120)
        return process.returncode, out + error
