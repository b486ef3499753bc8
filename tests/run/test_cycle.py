"""Two entities that name each other: both are made, then the first is told of the second."""

from __future__ import annotations

from pathlib import Path

from syncengine.errors import End
from tests.real_input.project import Project

ENTITIES = """\
  accounts:
    pair: [files.customers, exact.Accounts]
    match: [Code]
    fields:
      Code: code
      Name: name
      MainContact: {from: main_contact, ref: contacts}
    create: {exact: auto, files: never}
  contacts:
    pair: [files.people, exact.Contacts]
    match: [{all: [Account, Email]}]
    fields:
      Account: {from: customer, ref: accounts}
      LastName: last_name
      Email: email
    create: {exact: auto, files: never}
"""


def test_references_in_a_circle_are_written_in_two_halves(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.put("customers.csv", b"id,code,name,main_contact\n1,100,Bakkerij,7\n2,101,Slagerij,\n")
    project.put(
        "people.csv", b"id,customer,last_name,email\n7,1,Jansen,j@bakkerij.example\n8,2,Vos,v@slagerij.example\n"
    )
    project.write(ENTITIES)
    first = project.run(approved="somebody", allow=("creates",))
    assert first.end is End.DONE, (first.messages, [(item.state, item.answer) for item in first.applied])
    contacts = {row["LastName"]: row for row in project.records("Contacts")}
    accounts = {row["Name"]: row for row in project.records("Accounts")}
    assert contacts["Jansen"]["Account"] == accounts["Bakkerij"]["ID"]
    assert accounts["Bakkerij"]["MainContact"] == contacts["Jansen"]["ID"]
    second = project.run()
    assert (second.end, second.plan.operations) == (End.DONE, ())
