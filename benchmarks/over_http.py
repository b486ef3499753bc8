"""A file and an administration over HTTP: the real program against an emulator in a process of its own, its limits off.

The floor is the json module reading the pages of accounts as the engine gets them, each once. Beside the seconds stand the calls that the
emulator counted. The clock is also the emulator's: both work in turns, so the seconds of the engine's process alone make the ratio.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import urllib.parse
import urllib.request
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, over
from benchmarks.measure import Floor, child, sync

COLUMNS = {
    "code": "Code", "company": "Name", "vat": "VATNumber", "kvk": "ChamberOfCommerce", "street": "AddressLine1",
    "zip": "Postcode", "city": "City", "country": "Country", "mail": "Email", "tel": "Phone", "site": "Website",
}  # fmt: skip
"""Columns of the file, and the properties of Exact they meet."""

CHANGES = 100

PROJECT = """\
version: 1
state: .sync
systems:
  shop: {{connector: csv, files: {{customers: customers.csv}}}}
  exact:
    connector: exact
    division: {division}
    url: "{address}"
    client_id: env:BENCH_CLIENT_ID
    client_secret: env:BENCH_CLIENT_SECRET
guards: {{creates: 100%, updates: 100%}}
entities:
  accounts:
    pair: [shop.customers, exact.Accounts]
    match: [Code]
    fields:
{fields}
"""


def prepare(folder: Path, number: int) -> None:
    """Write the administration and the file that shows the same."""
    from benchmarks.emulator_pages import accounts, write_seed

    write_seed(folder / "accounts.json", number)
    edited: deque[str] = deque(maxlen=CHANGES)
    with (folder / "customers.csv").open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(["id", *COLUMNS])
        for n, row in enumerate(accounts(number)):
            out.writerow([f"L{n}", *(str(row[name]).strip() for name in COLUMNS.values())])
            edited.append(row["ID"])
    # The last ones are edited in Exact, for in the file it is the first ones.
    (folder / "edited.json").write_text(json.dumps([*edited]), "utf-8")


@dataclass(frozen=True, slots=True)
class Emulator:
    """An emulator as it told of itself when it was ready."""

    told: Mapping[str, Any]

    def admin(self, path: str, body: object = None, method: str | None = None) -> Any:
        """Ask behind the API's back."""
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.told['address']}/_admin/{path}", content, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def environment(self, folder: Path) -> dict[str, str]:
        """What the program needs to log in, and a place to keep it that is nobody's."""
        return {
            "BENCH_CLIENT_ID": self.told["client_id"],
            "BENCH_CLIENT_SECRET": self.told["client_secret"],
            "SYNCENGINE_CREDENTIALS": str(folder / "credentials"),
        }

    def calls(self) -> list[Mapping[str, Any]]:
        """The calls since the last time this was asked."""
        found: list[Mapping[str, Any]] = self.admin("requests")["requests"]
        self.admin("requests", method="DELETE")
        return found


@contextmanager
def emulator(folder: Path) -> Iterator[Emulator]:
    """Start one on the seed of the folder, and end it."""
    options = ["--limits", "off", "--auto-login", "--admin", "--seed", f"Accounts={folder / 'accounts.json'}"]
    command = [sys.executable, "-m", "syncengine", "emulator", *options]
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        try:
            told = process.stdout.readline()
            if not told:
                raise SystemExit(f"the emulator did not start:\n{(folder / 'emulator.log').read_text('utf-8')}")
            yield Emulator(json.loads(told))
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


def save_pages(server: Emulator, first: Mapping[str, Any], folder: Path) -> list[Path]:
    """Fetch the pages that the engine fetched, each into a file.

    Args:
        first: The engine's own call for the first of them.
    """
    # The engine's login is its own; this one is a second app user's, as far as the emulator can tell.
    address, back = server.told["address"], "https://localhost/callback"
    asked = {"client_id": server.told["client_id"], "redirect_uri": back, "response_type": "code", "state": "floor"}
    opener = urllib.request.build_opener(_Stay)
    consent = opener.open(f"{address}/api/oauth2/auth?{urllib.parse.urlencode(asked)}")
    [code] = urllib.parse.parse_qs(urllib.parse.urlsplit(consent.headers["Location"]).query)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
    form |= {"client_id": server.told["client_id"], "client_secret": server.told["client_secret"]}
    with opener.open(f"{address}/api/oauth2/token", urllib.parse.urlencode(form).encode()) as answer:
        token = json.load(answer)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    pages: list[Path] = []
    link: str | None = f"{address}{first['path']}?{urllib.parse.urlencode(first['query'])}"
    while link:
        with opener.open(urllib.request.Request(link, headers=headers)) as answer:
            body = answer.read()
        pages.append(folder / f"page{len(pages)}.json")
        pages[-1].write_bytes(body)
        link = json.loads(body)["d"].get("__next")
    return pages


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the consent page's redirect is the answer."""

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp


def kinds(calls: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The calls by kind: ``pages`` of accounts, ``writes``, ``login``, and ``others``."""

    def kind(call: Mapping[str, Any]) -> str:
        if call["path"].startswith("/api/oauth2/"):
            return "login"
        if call["method"] != "GET":
            return "writes"
        return "pages" if call["path"].endswith("/sync/CRM/Accounts") else "others"

    return {"calls": len(calls), **Counter(map(kind, calls))}


def edit_file(file: Path, number: int) -> None:
    """People change a cell in so many rows of the file."""
    changed = file.with_suffix(".new")
    with file.open(newline="", encoding="utf-8") as old, changed.open("w", newline="", encoding="utf-8") as new:
        rows, out = csv.reader(old), csv.writer(new)
        head = next(rows)
        out.writerow(head)
        at = head.index("street")
        for n, row in enumerate(rows):
            if n < number:
                row[at] = f"Verhuisd {n}"
            out.writerow(row)
    changed.replace(file)


def measure(place: Path, number: int, show: Callable[[Figure], None]) -> None:
    """Seed, then measure a first load and link-up, a run without change, and 100 changes on either side."""
    folder = place / "http"
    folder.mkdir()
    # In a child: another's highest memory begins with that of the process that starts it.
    child(
        [
            "-c",
            f"from pathlib import Path; from benchmarks import over_http; over_http.prepare(Path({str(folder)!r}), {number})",
        ],
        folder,
    )
    with emulator(folder) as server:
        fields = "\n".join(f"      {name}: {column}" for column, name in COLUMNS.items())
        told = {"division": server.told["division"], "address": server.told["address"]}
        (folder / "sync.yaml").write_text(PROJECT.format(fields=fields, **told), "utf-8")
        environment = server.environment(folder)
        child(["-m", "syncengine", "login", "-C", str(folder)], folder, environment=environment)
        server.calls()
        floor: Floor | None = None

        def step(name: str, expected: str) -> None:
            nonlocal floor
            cost = sync("run", folder, environment=environment)
            calls = server.calls()
            if floor is None:
                first = next(call for call in calls if call["path"].endswith("/sync/CRM/Accounts"))
                floor = Floor(save_pages(server, first, folder), folder)
                server.calls()
            floor.again()
            counts = kinds(calls)
            told = ", ".join(f"{value:g} {kind}" for kind, value in counts.items())
            database = sum(file.stat().st_size for file in (folder / ".sync").glob("*.db*"))
            note = f"{told}{expected}"
            show(over(floor.seconds, cost, name, number, database=database, counts=counts, note=note))

        step("http: first load and link-up", f"; {number / 1000:g} full pages are the least")
        sync("run", folder, environment=environment)  # the first run of a day also copies the state
        server.calls()
        step("http: nothing changed", "")
        for n, id in enumerate(json.loads((folder / "edited.json").read_bytes())):
            server.admin(f"edit/crm/Accounts/{id}", {"City": f"Verhuisdorp {n}"})
        server.calls()
        step("http: 100 accounts changed in Exact", "")
        brought = (folder / "customers.csv").read_bytes().count(b"Verhuisdorp ")
        assert brought == len(json.loads((folder / "edited.json").read_bytes())), brought
        edit_file(folder / "customers.csv", CHANGES)
        step("http: 100 rows changed in the file", "")
