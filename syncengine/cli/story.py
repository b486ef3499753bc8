"""The demo's story: what is typed, what people change meanwhile, and what must have come of it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from syncengine.cli.output import Output
from syncengine.errors import End

if TYPE_CHECKING:
    from syncengine.model.review import Review
    from syncengine.workspace import Workspace

DIVISION: Final = 123456
CUSTOMERS: Final = "shop/customers.csv"
NEW_PHONE, NEW_STREET, NEW_MAIL = "020-0111222", "Nieuwe Kade 7", "boekhouding@verbeek-horeca.example"
SHOP_STREET, EXACT_STREET = "Oude Gracht 1", "Oudegracht 1 bis"


@dataclass(slots=True)
class Stage:
    """Where the story is played, and how it went so far."""

    place: Path
    output: Output
    wrong: list[str] = field(default_factory=list)

    def scene(self, title: str) -> None:
        """Begin the next part."""
        self.output.result(f"\n{self.output.style(title, bold=True)}\n")

    def typed(self, line: str, *, ends: End) -> None:
        """Run a command as a person would type it."""
        from syncengine.cli.main import call

        self.output.result(self.output.style(f"$ {line}", fg="cyan"))
        end = call(shlex.split(line)[1:])
        self.output.result("")
        if end != ends:
            self.must(f'"{line}" ends {int(ends)}', end, ends)

    def must(self, what: str, found: object, expected: object) -> None:
        """Check one thing the story says."""
        if found == expected:
            self.output.result(f"{self.output.style('✓', fg='green')} {what}")
        else:
            self.wrong.append(what)
            self.output.result(
                f"{self.output.style('✗', fg='red', bold=True)} {what}: expected {expected!r}, found {found!r}"
            )

    def edit_shop(self, id: str, changes: Mapping[str, str]) -> None:
        """A person changes cells of a customer in the shop's file, and nothing else in it."""
        path = self.place / CUSTOMERS
        lines = path.read_bytes().decode("utf-8-sig").split("\r\n")
        names = lines[0].split(";")
        place = next(place for place, line in enumerate(lines) if line.startswith(f"{id};"))
        cells = lines[place].split(";")
        for name, value in changes.items():
            before, cells[names.index(name)] = cells[names.index(name)], value
            self.output.result(f"  in the shop:   customer {id} {name}: {before} → {value}")
        lines[place] = ";".join(cells)
        path.write_bytes("\r\n".join(lines).encode("utf-8-sig"))

    def edit_exact(self, id: str, changes: Mapping[str, str]) -> None:
        """A bookkeeper changes fields of an account in Exact."""
        with self.exact() as exact:
            before = next(row for row in exact.records("Accounts") if row["ID"] == id)
            exact.edit("Accounts", id, changes)
        for name, value in changes.items():
            self.output.result(
                f"  in Exact:      account {str(before['Code']).strip()} {name}: {before.get(name)} → {value}"
            )

    def customer(self, id: str) -> dict[str, str]:
        """A customer as the shop's file shows it."""
        lines = (self.place / CUSTOMERS).read_bytes().decode("utf-8-sig").split("\r\n")
        line = next(line for line in lines if line.startswith(f"{id};"))
        return dict(zip(lines[0].split(";"), line.split(";"), strict=True))

    def accounts(self) -> Mapping[str, Mapping[str, Any]]:
        """The accounts as Exact holds them, by their ids."""
        with self.exact() as exact:
            return {str(row["ID"]): row for row in exact.records("Accounts")}

    @contextmanager
    def exact(self) -> Iterator[Any]:
        """The administration the project's emulator keeps."""
        from exact_emulator import Emulator, Settings

        exact = Emulator(Settings(divisions=(DIVISION,), data=self.place / ".sync" / "emulator" / "data", limits=False))
        try:
            yield exact
        finally:
            exact.close()

    @contextmanager
    def project(self) -> Iterator[Workspace]:
        """The project, to look into its state."""
        from syncengine.workspace import open_workspace

        with open_workspace(self.place) as workspace:
            yield workspace

    def bytes_and_stamps(self) -> tuple[list[bytes], list[object]]:
        """Everything both sides hold: the shop's files, and the row versions of the administration."""
        files = [path.read_bytes() for path in sorted((self.place / "shop").iterdir())]
        with self.exact() as exact:
            rows = [row.get("Modified") for name in ("Accounts", "Contacts", "Items") for row in exact.records(name)]
        return files, rows


def tell(place: Path, output: Output) -> bool:
    """Play the story; True if everything went as told."""
    stage = Stage(place=place, output=output)
    output.result(
        "A web shop's CSV export meets an Exact Online administration that already\n"
        "holds some of its customers, spelled another way. The administration is\n"
        "emulated: nothing leaves this machine."
    )
    _first_plan(stage)
    if not stage.wrong:
        _apply(stage)
    if not stage.wrong:
        _rest(stage)
    if not stage.wrong:
        _edits(stage)
    if not stage.wrong:
        _decision(stage)
    if stage.wrong:
        output.result(f"\nThe demo did not go as told: {stage.wrong[0]}.")
        return False
    output.result("\nEverything went as told.")
    return True


def _first_plan(stage: Stage) -> None:
    stage.scene("1. What is there, and what would be done? Nothing is written yet.")
    stage.typed("sync check", ends=End.DONE)
    before = stage.bytes_and_stamps()
    stage.typed("sync plan -o plan.json", ends=End.WAITING)
    stage.must("planning wrote nothing, on either side", stage.bytes_and_stamps() == before, True)


def _apply(stage: Stage) -> None:
    stage.scene("2. The plan was reviewed. Apply it exactly as it stands.")
    stage.typed("sync apply plan.json", ends=End.WAITING)
    with stage.project() as project:
        links = list(project.store.links.all())
        waiting = project.store.reviews.open()
    rules = Counter((link.entity, link.matched_by) for link in links)
    books = stage.accounts()
    apart = sum(
        stage.customer(link.left_id)["vat_id"] != books[link.right_id].get("VATNumber")
        for link in links
        if link.matched_by == "VATNumber"
    )
    stage.must("27 customers are linked by VAT number and 10 by chamber of commerce number",
               (rules["accounts", "VATNumber"], rules["accounts", "ChamberOfCommerce"]), (27, 10))  # fmt: skip
    stage.must("all 27 VAT numbers are spelled another way in the shop than in Exact", apart, 27)
    stage.must("22 customers, 60 contacts and 40 articles were created in Exact",
               tuple(rules[entity, "create"] for entity in ("accounts", "contacts", "items")), (22, 60, 40))  # fmt: skip
    stage.must("one customer stands in Exact twice: it waits, and nothing was guessed",
               [(item.kind.value, item.left_ids, len(item.right_ids)) for item in waiting], [("match", ("1038",), 2)])  # fmt: skip


def _rest(stage: Stage) -> None:
    stage.scene("3. Run again. Nothing changed, so nothing is written.")
    before = stage.bytes_and_stamps()
    stage.typed("sync run", ends=End.WAITING)
    stage.must(
        "no byte of the shop's files and no record in Exact was touched", stage.bytes_and_stamps() == before, True
    )


def _edits(stage: Stage) -> None:
    stage.scene("4. People work on both sides.")
    with stage.project() as project:
        partner = {link.left_id: link.right_id for link in project.store.links.all("accounts")}
    stage.edit_shop("1003", {"phone": NEW_PHONE})
    stage.edit_exact(partner["1006"], {"AddressLine1": NEW_STREET})
    stage.edit_shop("1009", {"email": NEW_MAIL})
    stage.edit_exact(partner["1009"], {"Email": "administratie@verbeek-horeca.example"})
    stage.edit_shop("1012", {"street": SHOP_STREET})
    stage.edit_exact(partner["1012"], {"AddressLine1": EXACT_STREET})
    stage.output.result("")
    stage.typed("sync run", ends=End.WAITING)
    books = stage.accounts()
    stage.must("the shop's new telephone number is in Exact", books[partner["1003"]]["Phone"], "+31200111222")
    stage.must("Exact's new address is in the shop", stage.customer("1006")["street"], NEW_STREET)
    stage.must("both changed an e-mail address; the rule in sync.yaml decided for the shop",
               (books[partner["1009"]]["Email"], stage.customer("1009")["email"]), (NEW_MAIL, NEW_MAIL))  # fmt: skip
    stage.must("both changed an address; no rule decides, so both stand and it waits",
               (stage.customer("1012")["street"], books[partner["1012"]]["AddressLine1"], _kinds(stage)),
               (SHOP_STREET, EXACT_STREET, ["conflict", "match"]))  # fmt: skip


def _decision(stage: Stage) -> None:
    stage.scene("5. A person decides; the decision is remembered and carried out.")
    stage.typed("sync review list", ends=End.DONE)
    number = next(item.number for item in _waiting(stage) if item.kind.value == "conflict")
    stage.typed(f"sync review decide {number} shop", ends=End.DONE)
    stage.typed("sync run", ends=End.WAITING)
    with stage.project() as project:
        partner = {link.left_id: link.right_id for link in project.store.links.all("accounts")}
    stage.must("Exact has the shop's address now", stage.accounts()[partner["1012"]]["AddressLine1"], SHOP_STREET)
    stage.must("only the customer that stands in Exact twice still waits", _kinds(stage), ["match"])
    stage.typed("sync status", ends=End.DONE)


def _waiting(stage: Stage) -> Sequence[Review]:
    with stage.project() as project:
        return project.store.reviews.open()


def _kinds(stage: Stage) -> list[str]:
    return sorted(item.kind.value for item in _waiting(stage))
