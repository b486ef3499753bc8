"""Marked secrets and invented people go through everything a project can meet; then all that was printed and kept is searched for them.

A shop's CSV files against an emulated Exact over real sockets: login, plan, apply, refusals, lost answers, unreadable rows, conflicts, wrong
secrets, unexpected errors, every way to look, and forgetting at the end.
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from syncengine.cli.main import call
from syncengine.ports import Ports
from syncengine_connectors.exact.options import read_settings
from syncengine_connectors.exact.wiring import wire
from tests.cli.conftest import change

SECRET = "canary-secret-9f27b3c1d5"
KEPT = "canary-kept-secret-61ab0e77"
KEY = base64.urlsafe_b64encode(b"canary-key-of-thirty-two-bytes!!").decode()
PEOPLE = {
    "Zwaanhilde Quispelmoer": ("zwaanhilde@quispelmoer.example", "Quispelpad 17", "Zwaanstadje"),
    "Oswinda van Fladderakkers": ("oswinda@fladderakkers.example", "Fladderdreef 4", "Oswindorp"),
    "Xandriaan Mompelsteen": ("xandriaan@mompelsteen.example", "Mompelsteeg 9", "Mompelen"),
}
"""Nobody who lives: name → address of a mailbox, street, town."""
FORGOTTEN = "Oswinda van Fladderakkers"

MAPPING = """\
version: 1
systems:
  shop: {connector: csv, folder: shop, new_id: next}
  exact:
    connector: exact
    country: nl
    division: 123456
    url: ADDRESS
    client_id: env:CANARY_ID
    client_secret: env:CANARY_SECRET
guards: {creates: 20, updates: 100%, emptied: 100%, same-value: 100%}
defaults: {mask: true}
entities:
  accounts:
    pair: [shop.customers, exact.Accounts]
    match: [Email]
    fields:
      Name: company
      Email: email
      AddressLine1: street
      City: city
    create: {exact: auto, shop: auto}
"""


@dataclass
class Sweep:
    """A project, and everything that was printed on the way.

    Attributes:
        variables: The environment in which commands are typed.
        said: Command → end, stdout, stderr; in the order they were typed.
        secrets: Marked secrets, and those that came into being on the way.
    """

    folder: Path
    variables: dict[str, str]
    server: Mapping[str, Any]
    said: list[tuple[str, int, str, str]] = field(default_factory=list)
    secrets: set[str] = field(default_factory=lambda: {SECRET, KEY, KEPT})

    def sync(self, *words: str) -> tuple[int, str]:
        """Type a command with its logs on, and keep what it printed and what tokens there are."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as environment, redirect_stdout(out), redirect_stderr(err):
            for name, value in self.variables.items():
                environment.setenv(name, value)
            environment.chdir(self.folder)
            end = call(words)
            self.secrets |= self._tokens()
        self.said.append((" ".join(words), end, out.getvalue(), err.getvalue()))
        return end, out.getvalue() + err.getvalue()

    def admin(self, path: str, body: Any) -> None:
        """Tell the server what goes wrong next."""
        data = json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.server['address']}/_admin/{path}", data, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()

    def fault(self, kind: str, method: str = "POST", **more: Any) -> None:
        """The next write of this kind goes wrong."""
        self.admin("faults", {"kind": kind, "method": method, "path": "*crm/Accounts*", **more})

    def _tokens(self) -> set[str]:
        options = {
            "division": 123456,
            "url": self.server["address"],
            "client_id": self.server["client_id"],
            "client_secret": SECRET,
        }
        wires = wire(
            read_settings(options), Ports(root=self.folder, state=self.folder, credentials=self.folder / "cred")
        )
        try:
            chain = wires.profile.load()
        finally:
            wires.http.close()
        kept = [tokens for tokens in (chain.current, chain.previous) if tokens is not None]
        return {part for tokens in kept for part in (tokens.access, tokens.refresh)}

    def files(self) -> Iterator[tuple[Path, bytes]]:
        """Every file of the project and of the credentials, as bytes."""
        for file in sorted(self.folder.rglob("*")):
            if file.is_file():
                yield file.relative_to(self.folder), file.read_bytes()


def line(number: int, name: str) -> str:
    """A person as the shop's file has it."""
    mail, street, town = PEOPLE[name]
    return f"{number},{name},{mail},{street},{town}\n"


@pytest.fixture(scope="module")
def swept(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    """The whole story, played once."""
    command = [sys.executable, "-m", "exact_emulator", "--port", "0", "--auto-login", "--limits", "off", "--admin"]
    process = subprocess.Popen(
        [*command, "--client-secret", SECRET], cwd=repository / "connectors", stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        told = json.loads(process.stdout.readline())
        folder = tmp_path_factory.mktemp("canaries")
        variables = {
            "CI": "true",
            "CANARY_ID": told["client_id"],
            "CANARY_SECRET": SECRET,
            "SYNCENGINE_KEY": KEY,
            "SYNCENGINE_CREDENTIALS": str(folder / "cred"),
        }
        sweep = Sweep(folder=folder, variables=variables, server=told)
        play(sweep)
        yield sweep
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def play(sweep: Sweep) -> None:
    """Everything a project can meet."""
    folder, first, second, third = sweep.folder, *PEOPLE
    (folder / "shop").mkdir()
    shop = folder / "shop" / "customers.csv"
    shop.write_text("id,company,email,street,city\n" + line(1, first) + line(2, second), "utf-8")
    (folder / "sync.yaml").write_text(MAPPING.replace("ADDRESS", sweep.server["address"]), "utf-8")
    sweep.sync("plan", "-vv")
    assert sweep.sync("login", "-vv")[0] == 0
    sweep.sync("login", "--status")
    with pytest.MonkeyPatch.context() as piped:
        piped.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(KEPT.encode())))
        assert sweep.sync("login", "--keep", "canary", "-vv")[0] == 0
    sweep.sync("check", "--online", "-vv")
    for form in ("text", "json", "markdown", "html", "junit"):
        sweep.sync("plan", "-vv", "--format", form)
    sweep.sync("plan", "-o", "plan.json")
    assert sweep.sync("apply", "plan.json", "-vv")[0] == 0

    with shop.open("a", encoding="utf-8") as file:
        file.write(line(3, third))
    sweep.fault("bad_request")
    assert sweep.sync("run", "-vv")[0] == 3
    sweep.sync("review", "list")
    sweep.sync("review", "list", "--json")
    sweep.sync("review", "show", "1")
    sweep.sync("review", "decide", "1", "retry")
    sweep.fault("exists")
    sweep.sync("run", "-vv")
    sweep.sync("review", "decide", "1", "retry")
    sweep.fault("empty_500")
    assert sweep.sync("run", "-vv")[0] == 5
    change(shop, "Zwaanstadje", "Quispelburg")
    sweep.fault("fault_done", "PUT")
    sweep.sync("run", "-vv", "--json")
    sweep.fault("unauthorized", "GET")
    sweep.sync("run", "-vv")

    held = shop.read_text("utf-8")
    shop.write_text(held + f'4,"{first}\n', "utf-8")
    sweep.sync("run", "-vv")
    shop.write_text(held.replace("Oswindorp", "Fladderburg"), "utf-8")
    account = next(
        row for row in json.loads(sweep.sync("links", "list", "--json")[1])["links"] if row["left_id"] == "2"
    )
    sweep.admin(f"edit/Accounts/{account['right_id']}", {"City": "Fladderstad"})
    sweep.sync("run", "-vv")
    assert " conflict " in sweep.sync("review", "list")[1]
    sweep.sync("explain", "accounts", "2")
    sweep.sync("explain", "accounts", "2", "--json")
    sweep.sync("history", "--writes")
    sweep.sync("history", "--writes", "--json")
    sweep.sync("undo", "1")
    sweep.sync("status")
    sweep.sync("doctor")
    sweep.sync("privacy")
    sweep.sync("state", "check")

    sweep.variables["CANARY_SECRET"] = f"{SECRET}-wrong"
    sweep.admin("clock", {"advance_s": 700})
    sweep.sync("run", "-vv")
    sweep.variables["CANARY_SECRET"] = f"{SECRET}\nbroken"
    sweep.sync("run", "-vv")
    sweep.variables["CANARY_SECRET"] = SECRET
    change(folder / "sync.yaml", "env:CANARY_SECRET", SECRET)
    sweep.sync("check")
    change(folder / "sync.yaml", SECRET, "env:CANARY_SECRET")
    sweep.sync("login")
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("syncengine.survey.read_sides", unexpected)
        broken.setattr("syncengine.run.read_sides", unexpected)
        assert sweep.sync("run", "-vv")[0] == 1


def unexpected(*_: object, **__: object) -> None:
    """A fault of ours, whose words hold a person and a secret."""
    raise RuntimeError(f"{FORGOTTEN} {SECRET}")


def test_the_sweep_met_what_it_is_about(swept: Sweep) -> None:
    ends = {end for _, end, _, _ in swept.said}
    assert {0, 1, 2, 3, 5} <= ends
    assert any("-vv" in command and err for command, _, _, err in swept.said), (
        "something went to stderr, to be searched"
    )
    assert len(swept.secrets) >= 4, "tokens came into being"
    assert any("•••" in out for _, _, out, _ in swept.said), "something was masked"
    state = dict(swept.files())[Path(".sync/state.db")]
    assert all(name.encode() in state for name in PEOPLE), "the people were really there"


def test_no_secret_was_printed(swept: Sweep) -> None:
    shown = [command for command, _, out, err in swept.said if any(secret in out + err for secret in swept.secrets)]
    assert shown == []


def test_no_secret_lies_in_any_file(swept: Sweep) -> None:
    marks = [mark for secret in swept.secrets for mark in (secret.encode(), base64.b64encode(secret.encode()))]
    assert [str(file) for file, held in swept.files() if any(mark in held for mark in marks)] == []


def test_where_output_goes_to_ci_nobody_is_named(swept: Sweep) -> None:
    words = [word for name, more in PEOPLE.items() for word in (name, *name.split(), *more) if len(word) > 3]
    words += ["Quispelburg", "Fladderburg", "Fladderstad"]
    shown = [
        (command, word) for command, _, out, err in swept.said for word in words if word.lower() in (out + err).lower()
    ]
    assert shown == []


def test_logs_and_errors_name_nobody_on_a_terminal_either(swept: Sweep) -> None:
    words = [word for name, more in PEOPLE.items() for word in (name, *more)]
    swept.variables["CI"] = ""
    try:
        for command in (
            ["run", "-v"],
            ["run", "-vv"],
            ["plan", "-vv", "--full"],
            ["review", "show", "99"],
            ["explain", "accounts", "99"],
        ):
            swept.sync(*command)
            _, _, out, err = swept.said.pop()
            assert [word for word in words if word in err] == [], command
            assert command[0] not in ("run", "plan") or "accounts: exact sent" in err, "there is a log to be searched"
            assert ("GET /api/v1/" in err) is ("-vv" in command and command[0] in ("run", "plan")), command
            assert command[0] != "plan" or any(word in out for word in words), "a report shows them to who may see them"
    finally:
        swept.variables["CI"] = "true"


def test_every_file_with_people_in_it_is_its_owners_alone(swept: Sweep) -> None:
    people = [name.encode() for name in PEOPLE]
    open_ = [
        str(file)
        for file, held in swept.files()
        if file.parts[0] != "shop" and any(name in held for name in people)
        if (swept.folder / file).stat().st_mode & 0o077
    ]
    assert open_ == []


def test_a_forgotten_person_is_in_no_byte_of_the_state(swept: Sweep) -> None:
    """Last, for it changes the state."""
    traces = [word.encode() for word in (FORGOTTEN, *PEOPLE[FORGOTTEN], "Fladderburg", "Fladderstad", "fladderakkers")]
    before = [
        trace for trace in traces if any(trace in held for file, held in swept.files() if file.parts[0] == ".sync")
    ]
    assert len(before) >= 5, "most of it is there before"
    end, told = swept.sync("state", "forget", "accounts", "2", "--side", "left", "--yes", "--backups")
    assert end == 0, told
    swept.sync("run", "--full", "-vv")
    left = {
        str(file): [trace for trace in traces if trace in held]
        for file, held in swept.files()
        if file.parts[0] == ".sync" and any(trace in held for trace in traces)
    }
    assert left == {}
    assert "forgotten on" in swept.said[-1][2], "they are still on both sides, so they wait"
