"""Measures matching: accounts with distinct keys on both sides, what a twentieth without partner adds, and real pairs if they are here.

Prints one line per case and, with --json, one document. The target is under 60 s and 1 GB for 200,000 accounts a side; figures to watch,
no test. Each case runs in an interpreter of its own, so that memory is its own, too.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from syncengine.config.load import read
from syncengine.config.project import resolve
from syncengine.decide.match.match import match
from syncengine.decide.translate import compile_lens
from syncengine.model.entity import End, Entity, FieldRule, MatchRule
from syncengine.model.record import Observed, Record, Side, Value
from syncengine.model.resource import FieldFacts, Resource

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("SYNCENGINE_SHARED_DATA") or HERE.parents[1] / "shared" / "data")
"""Real input, which is not part of the repository."""

TARGET_SECONDS = 60
TARGET_MEGABYTES = 1024
TARGET_PAIRS = 5
CASES = {"all linked": 0, "a twentieth alone": 20}

ACCOUNTS = Entity(
    name="accounts",
    left=End(system="crm", resource="companies"),
    right=End(system="exact", resource="Accounts"),
    fields=(
        FieldRule(name="Name", source="name"),
        FieldRule(name="VATNumber", source="vat", use=("vat",)),
        FieldRule(name="ChamberOfCommerce", source="kvk", use=("kvk",)),
        FieldRule(name="AddressLine1", source="street"),
        FieldRule(name="Postcode", source="zip", use=("postcode",)),
        FieldRule(name="City", source="city"),
        FieldRule(name="Country", source="country", use=("country",)),
        FieldRule(name="Email", source="email", use=("email",)),
        FieldRule(name="Phone", source="phone", use=("phone",)),
    ),
    match=(
        MatchRule(fields=("VATNumber",), veto=("Name",), tie_break=("AddressLine1", "Phone", "Email", "Name")),
        MatchRule(fields=("ChamberOfCommerce",), tie_break=("AddressLine1", "Phone", "Email", "Name")),
        MatchRule(fields=("Name", "Postcode"), then="suggest"),
        MatchRule(fields=("Name", "City"), then="suggest"),
        MatchRule(fields=("Email",), then="suggest"),
    ),
)
_SYLLABLES = "ba de fi go hu ja ke li mo nu pa re si to vu wa ze cho dri sta".split()


def _name(number: int) -> str:
    word = ""
    while number:
        number, rest = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[rest]
    return word.capitalize()


def _vat(number: int) -> str:
    """A Dutch VAT number of today's kind: the check digits are those of ISO 7064 over the whole."""
    body = f"{number:09d}B"
    for check in range(2, 100):
        text = f"NL{body}{check:02d}"
        if int("".join(str(int(sign, 36)) for sign in text)) % 97 == 1:
            return text
    raise AssertionError("one of 97 remainders is 1")


def _account(number: int) -> tuple[Value, ...]:
    return (
        f"{_name(number * 7919 + 1_000_003)} {_name(number + 400)} B.V.",
        _vat(100_000_000 + number * 13),
        f"{10_000_000 + number * 7:08d}",
        f"{_name(number % 5000 + 400)}straat {number % 190 + 1}",
        f"{1000 + number % 8999} {'BCDFGHJKLM'[number % 10]}{'NPRTVWXZBC'[number // 10 % 10]}",
        _name(number % 700 + 8000),
        "NL",
        f"info@{_name(number + 160_000).lower()}.example",
        f"020{1_000_000 + number * 11 % 8_999_999}",
    )


def measure(count: int, every: int) -> dict[str, float]:
    """Match ``count`` accounts a side; of each side, one in ``every`` has no partner (0: all have one)."""
    left = [Observed(id=f"c{number}", values=_account(number)) for number in range(count)]
    right = [
        Observed(id=f"e{number}", values=_account(number + count if every and number % every == 0 else number))
        for number in range(count)
    ]
    return _cost(ACCOUNTS, left, right)


def measure_pairs() -> dict[str, float]:
    """Match a CRM export with an administration, by the rules that come along with the program."""
    with (SHARED / "pairs" / "crm_companies.csv").open(encoding="utf-8-sig", newline="") as file:
        companies: list[dict[str, object]] = [dict(row) for row in csv.DictReader(file)]
    answer = json.loads((SHARED / "pairs" / "exact_accounts.json").read_text("utf-8-sig"))
    accounts: list[dict[str, object]] = answer["d"]["results"]
    crm, exact = _resource("companies", companies[0]), _resource("Accounts", accounts[0])
    mapping = HERE.parent / "mappings" / "rules-accounts.yaml"
    project = resolve(read(mapping.read_bytes(), mapping), {"crm": {crm.name: crm}, "exact": {exact.name: exact}})
    [entity] = project.entities
    lens = compile_lens(entity, crm, exact, {})
    left = [lens.observe(Side.LEFT, _record("companies", str(row["Record ID"]), row)) for row in companies]
    right = [lens.observe(Side.RIGHT, _record("Accounts", str(row["ID"]), row)) for row in accounts]
    return _cost(entity, left, right)


def _resource(name: str, sample: Mapping[str, object]) -> Resource:
    return Resource(name=name, fields={key: FieldFacts(name=key) for key in sample if key != "__metadata"})


def _record(resource: str, id: str, row: Mapping[str, object]) -> Record:
    plain = {key: (value.strip() or None) if isinstance(value, str) else value for key, value in row.items()}
    return Record(resource=resource, id=id, fields={k: v for k, v in plain.items() if k != "__metadata"})  # type: ignore[misc]


def _cost(entity: Entity, left: Sequence[Observed], right: Sequence[Observed]) -> dict[str, float]:
    began, worked = time.perf_counter(), time.process_time()
    found = match(
        entity,
        left,
        right,
        layout=entity.layout,
        linked=lambda side, id: (),
        translate_ref=lambda name, side, id: None,
        answers=(),
    )
    seconds, work = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "size": max(len(left), len(right)),
        "seconds": round(seconds, 1),
        "work": round(work, 1),
        "megabytes": round(peak),
        "links": len(found.links),
        "items": len(found.reviews),
    }


def main() -> None:
    """Run each case by itself."""
    count = int(next((argument for argument in sys.argv[1:] if argument.isdigit()), "200000"))
    calls = {name: (f"measure({count}, {every})", TARGET_SECONDS) for name, every in CASES.items()}
    if (SHARED / "pairs").is_dir():
        calls["real pairs"] = ("measure_pairs()", TARGET_PAIRS)
    results = {}
    for name, (call, target) in calls.items():
        code = f"import json; from benchmarks.matching import measure, measure_pairs; print(json.dumps({call}))"
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        results[name] = {**json.loads(done.stdout), "target": target}
    if "--json" in sys.argv[1:]:
        print(json.dumps({"version": 1, "accounts": count, "cases": results}))
        return
    for name, result in results.items():
        print(
            f"matching, {name}: {result['size']:,} a side, {result['seconds']} s of {result['target']} ({result['work']} s of work), "
            f"{result['megabytes']} MB of {TARGET_MEGABYTES} (the records included), "
            f"{result['links']:,} links, {result['items']:,} items"
        )


if __name__ == "__main__":
    main()
