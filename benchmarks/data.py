"""Invented customers of two systems, as CSV files: seeded, so that every run of the benchmarks meets the same rows."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

LEFT = (
    *("id", "sku", "company", "street", "zip", "city", "country", "mail", "tel", "site"),
    *("contact", "remark", "segment", "terms", "since"),
)
RIGHT = (
    *("key", "Code", "Name", "AddressLine1", "Postcode", "City", "Country", "Email", "Phone", "Website"),
    *("Contact", "Remarks", "Segment", "PaymentTerms", "StartDate"),
)
"""The same fifteen columns under each system's own names; the first is the id, which is the system's own."""

_FIRMS = ("Bakkerij", "Garage", "Drukkerij", "Bouwbedrijf", "Hoveniers", "Installatie", "Slagerij", "Kwekerij")
_NAMES = ("De Vries", "Jansen", "Van den Berg", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Peeters")
_FORMS = ("B.V.", "VOF", "N.V.", "BVBA", "")
_STREETS = ("Dorpsstraat", "Kerkstraat", "Molenweg", "Stationslaan", "Industrieweg", "Havenkade", "Prins Hendriklaan")
_TOWNS = ("Utrecht", "'s-Gravenhage", "Gent", "Zwolle", "Antwerpen", "Groningen", "Bergen op Zoom", "Liège")
_SEGMENTS = ("A", "B", "C", "wholesale", "retail")

Row = list[str]


def rows(size: int, seed: int = 6) -> Iterator[Row]:
    """The customers, without ids: fourteen values each."""
    draw = random.Random(seed)
    pick, number = draw.choice, draw.randrange
    for n in range(size):
        family, town = pick(_NAMES), pick(_TOWNS)
        label = f"{family.lower().replace(' ', '')}{n}"
        yield [
            f"K{n:07d}",
            f"{pick(_FIRMS)} {family} {n} {pick(_FORMS)}".strip(),
            f"{pick(_STREETS)} {number(1, 400)}",
            f"{number(1000, 9999)} {chr(65 + n % 26)}{chr(65 + n // 26 % 26)}",
            town,
            "BE" if town in ("Gent", "Antwerpen", "Liège") else "NL",
            f"info@{label}.example",
            f"+31 {number(10, 79)} {number(100, 999)} {number(1000, 9999)}",
            f"https://{label}.example" if n % 3 else "",
            f"{chr(65 + n % 23)}. {family}",
            f'says "{n}", twice' if n % 50 == 0 else "",
            pick(_SEGMENTS),
            str(number(0, 5) * 15),
            f"20{number(10, 26)}-{number(1, 13):02d}-{number(1, 29):02d}",
        ]


def write(file: Path, header: Sequence[str], size: int, prefix: str, change: Callable[[int, Row], Row | None]) -> None:
    """Write one side; ``change`` gets the place and the values of each row and gives what stands there, None for nothing."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(header)
        for n, row in enumerate(rows(size)):
            if (shown := change(n, row)) is not None:
                out.writerow([f"{prefix}{n}", *shown])


def same(_: int, row: Row) -> Row:
    """Both sides show the same."""
    return row


def one_percent(side: str) -> Callable[[int, Row], Row]:
    """1 % of the rows changed on this side; every tenth of them on both sides, and apart."""

    def change(n: int, row: Row) -> Row:
        if n % 100 == 0 or n % 100 == (50 if side == "left" else 51):
            place = 2 if n % 1000 == 0 else 7 if side == "left" else 11
            if n % 100 == 0 and n % 1000:
                return row
            row[place] = f"{row[place]} {side}"
        return row

    return change


def touch(file: Path) -> None:
    """Change one cell of one row in the midst of the file, its length kept."""
    with file.open("r+b") as stream:
        stream.seek(file.stat().st_size // 2)
        stream.readline()
        start = stream.tell()
        line = stream.readline()
        at = line.index(b"info@")
        stream.seek(start + at)
        stream.write(b"mail@")


def reorder(file: Path) -> None:
    """Put the rows of a file into another order."""
    with file.open("rb") as stream:
        head, *lines = stream.readlines()
    random.Random(1).shuffle(lines)
    file.write_bytes(head + b"".join(lines))


PROJECT = """\
version: 1
state: .sync
systems:
  shop: {connector: csv, files: {customers: left.csv}}
  books: {connector: csv, files: {accounts: right.csv}}
guards: {creates: 100%, updates: 100%}
entities:
  customers:
    pair: [shop.customers, books.accounts]
    match: [Code]
    fields:
      Code: {from: sku, use: code}
      Name: company
      AddressLine1: {from: street, use: trim}
      Postcode: zip
      City: city
      Country: country
      Email: mail
      Phone: tel
      Website: site
      Contact: contact
      Remarks: remark
      Segment: segment
      PaymentTerms: terms
      StartDate: since
"""
"""Fourteen mapped fields a side; the ids are each system's own."""
