"""How fast the emulator serves sync pages at scale, and how much memory it needs.

Seeds accounts with 45 filled fields each, then walks the whole ``sync/CRM/Accounts`` in pages of 1,000, first with every
property and then with a dozen, and prints medians and the highest memory of the process. Limits to hold: 60 ms and 1 GB
with 200,000 accounts.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "connectors"))

from exact_emulator import Emulator, Settings
from exact_emulator.app import body_of
from exact_emulator.call import Call

LIMIT_MS = 60
LIMIT_MB = 1024
SELECT = "ID,Timestamp,Code,Name,VATNumber,ChamberOfCommerce,AddressLine1,Postcode,City,Country,Email,Phone,Modified"


def accounts(number: int) -> Iterator[dict[str, Any]]:
    """Make invented accounts, filled as richly as recorded ones."""
    flags = {f"Is{name}": False for name in ("Supplier", "Reseller", "Sales", "Purchase", "Pilot", "Member", "Bank")}
    small = dict.fromkeys(
        ("IsAccountant", "IsAgency", "IsCompetitor", "IsMailing", "DiscountSales", "ShippingLeadDays"), 0
    )
    for n in range(1, number + 1):
        yield {
            "ID": str(UUID(int=(n * 0x9E3779B97F4A7C15F39CC0605CEDC835) % (1 << 128))),
            "Code": f"{n:>18}", "Name": f"Relatie {n} Handelsonderneming B.V.", "AddressLine1": f"Industrieweg {n % 900}",
            "Postcode": f"{1000 + n % 8999} AB", "City": "Alphen aan den Rijn", "Country": "NL ", "State": "ZH ",
            "Email": f"administratie@relatie-{n}.example", "Phone": f"0{n % 90_000_000 + 10_000_000}", "Status": "C",
            "Type": "A", "VATNumber": f"NL{n:09}B01", "ChamberOfCommerce": f"{n:08}", "Language": "NL        ",
            "Website": f"www.relatie-{n}.example", "Created": "/Date(1382667872203)/", "Modified": "/Date(1582667872203)/",
            "Creator": "99d87844-e4ef-4ac5-968c-fb863eaced16", "Modifier": "99d87844-e4ef-4ac5-968c-fb863eaced16",
            "CreatorFullName": "Ans Koppeling", "ModifierFullName": "Ans Koppeling", "Division": 123456,
            "SalesCurrency": "EUR", "PurchaseCurrency": "EUR", "SalesVATCode": "2  ", "PaymentConditionSales": "30",
            "SearchCode": "RELATIE  ", "StartDate": "/Date(1267747200000)/", "SecurityLevel": 10, "InvoicingMethod": 2,
            "ConsolidationScenario": 6, "Blocked": False, **flags, **small,
        }  # fmt: skip


def write_seed(path: Path, number: int) -> None:
    """Write the accounts as one Exact answer."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"d":{"results":[')
        for n, row in enumerate(accounts(number)):
            file.write(("," if n else "") + json.dumps(row))
        file.write("]}}")


def walk(emulator: Emulator, token: str, select: str) -> list[float]:
    """Follow the feed from beginning to end; gives milliseconds per page."""
    headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
    parameters = (("$filter", "Timestamp gt 1L"), *((("$select", select),) if select else ()))
    path, spent, rows = "/api/v1/123456/sync/CRM/Accounts", [], 0
    while True:
        call = Call(method="GET", host="http://emulator.test", path=path, parameters=parameters, headers=headers)
        start = time.perf_counter()
        answer = emulator.handle(call)
        body = body_of(answer)
        spent.append(1000 * (time.perf_counter() - start))
        d = json.loads(body)["d"]
        rows += len(d["results"])
        if "__next" not in d:
            assert rows == len(emulator.administration().table("Accounts")), rows
            return spent
        parameters = (*(p for p in parameters if p[0] != "$skiptoken"), ("$skiptoken", d["__next"].rsplit("=", 1)[1]))


def main() -> int:
    """Run and print; end 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=200_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seed = Path(folder) / "accounts.json"
        write_seed(seed, options.accounts)
        start = time.perf_counter()
        emulator = Emulator(Settings(limits=False), seeds=[("Accounts", seed)])
        print(f"seeded {options.accounts:,} accounts in {time.perf_counter() - start:.1f} s")
    token = emulator.issue_tokens()["access_token"]
    whole, some = walk(emulator, token, ""), walk(emulator, token, SELECT)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"sync page of 1,000, every property: median {median(whole):.1f} ms, slowest {max(whole):.1f} ms")
    print(f"sync page of 1,000, 13 properties:  median {median(some):.1f} ms, slowest {max(some):.1f} ms")
    print(f"highest memory: {memory:.0f} MB")
    return int(median(whole) > LIMIT_MS or memory > LIMIT_MB)


if __name__ == "__main__":
    raise SystemExit(main())
