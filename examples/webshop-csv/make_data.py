"""Makes the invented data of this example: run it from its own folder to make the same files again.

Nobody in it exists. Names are drawn from lists of common words; VAT and KBO numbers carry valid check digits; mail domains end in
``.example``; telephone numbers have a real area code and a subscriber number that begins with 0, which is never given out; bar codes are of
the range that shops use inside their own walls.
"""

import csv
import io
import json
import random
import uuid
from pathlib import Path

HERE = Path(__file__).parent
DICE = random.Random(20261120)

CUSTOMERS, CONTACTS, ARTICLES = 60, 90, 120
KNOWN = 38
"""So many of the customers stand in the administration already."""

PLACES = [
    # country, town, area code, lowest and highest postcode
    ("NL", "Amsterdam", "020", 1011, 1109), ("NL", "Rotterdam", "010", 3011, 3089), ("NL", "Utrecht", "030", 3511, 3585),
    ("NL", "Eindhoven", "040", 5611, 5658), ("NL", "Groningen", "050", 9711, 9747), ("NL", "Tilburg", "013", 5011, 5049),
    ("NL", "Zwolle", "038", 8011, 8043), ("NL", "Deventer", "0570", 7411, 7437), ("NL", "Alkmaar", "072", 1811, 1827),
    ("NL", "Leeuwarden", "058", 8911, 8941), ("NL", "Middelburg", "0118", 4331, 4341), ("NL", "Roermond", "0475", 6041, 6049),
    ("NL", "'s-Hertogenbosch", "073", 5211, 5237), ("NL", "Apeldoorn", "055", 7311, 7339), ("NL", "Hoorn", "0229", 1621, 1628),
    ("BE", "Antwerpen", "03", 2000, 2060), ("BE", "Gent", "09", 9000, 9052), ("BE", "Brugge", "050", 8000, 8020),
    ("BE", "Leuven", "016", 3000, 3018), ("BE", "Hasselt", "011", 3500, 3512), ("BE", "Mechelen", "015", 2800, 2812),
]  # fmt: skip
STREETS = (
    "Dorpsstraat Kerkstraat Molenweg Stationsstraat Industrieweg Havenkade Nijverheidsstraat Lindelaan Beukenlaan Marktplein "
    "Tolhuisweg Veldweg Ambachtsweg Schoolstraat Kanaaldijk"
).split()
SURNAMES = (
    "Jansen Bakker Visser Smit Mulder Bos Vos Peeters Maes Jacobs Mertens Willems Claes Goossens Wouters Dijkstra Kuipers "
    "Hendriks Koster Prins Huisman Verbeek Hermans Schouten Postma Aerts Desmet Lambrecht Vermeulen Stevens"
).split()
FIRST = (
    "Anna Bram Carla Daan Eva Femke Gijs Hanna Ilse Jeroen Karin Lars Marieke Noor Olaf Petra Quinten Roos Sanne Thijs Ursula "
    "Victor Wendy Xander Yara Zoë Brecht Hannelore Joris Lieve Sofie Wim"
).split()
TRADES = (
    "Bouw Installatie Schilderwerken Tuinen Bakkerij Meubelen Techniek Transport Horeca Drukkerij Fietsen Interieur Metaal "
    "Verhuur Optiek Textiel Sanitair Keukens Hout Glas"
).split()
JOBS = ("Inkoop", "Administratie", "Directie", "Magazijn", "Verkoop")
THINGS = (
    "Hamer Schroevendraaier Steeksleutel Waterpas Rolmaat Handzaag Boormachine Schuurpapier Verfroller Kwast Ladder Werkhandschoen "
    "Veiligheidsbril Gehoorkap Snoerhaspel Lampenset Plamuurmes Tang Bijl Kruiwagen"
).split()
KINDS = ("klein", "groot", "set van 3", "zwaar", "compact", "verzinkt")


def vat_nl() -> str:
    """A Dutch VAT number of a legal entity: nine digits from 8 on that pass the eleven test, so nobody's citizen number."""
    while True:
        digits = [8, *(DICE.randint(0, 9) for _ in range(7))]
        check = sum(digit * weight for digit, weight in zip(digits, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            return f"NL{''.join(map(str, digits))}{check}B0{DICE.randint(1, 3)}"


def vat_be() -> str:
    """A Belgian VAT number: a KBO number with its two check digits."""
    number = DICE.randint(4_000_000, 7_999_999)
    return f"BE0{number}{97 - number % 97:02}"


def kvk() -> str:
    """Eight digits; the number has no check digit."""
    return str(DICE.randint(50_000_000, 89_999_999))


def ean() -> str:
    """A bar code with its check digit."""
    digits = [2, *(DICE.randint(0, 9) for _ in range(11))]
    total = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return "".join(map(str, [*digits, -total % 10]))


def guid() -> str:
    """A random identifier as Exact gives them."""
    return str(uuid.UUID(int=DICE.getrandbits(128), version=4))


def spelled_vat(vat: str, way: int) -> str:
    """The same VAT number as another program shows it."""
    digits = vat[2:]
    if vat.startswith("BE"):
        return (f"BE {digits[:4]}.{digits[4:7]}.{digits[7:]}", f"BE {digits}", vat.lower())[way % 3]
    return (
        f"NL {digits[:4]}.{digits[4:6]}.{digits[6:9]}.{digits[9:]}",
        f"NL-{digits}",
        vat.lower(),
        f"{vat[:2]} {digits[:9]} {digits[9:]}",
    )[way % 4]


def spelled_kvk(number: str, way: int) -> str:
    """The same chamber of commerce number as another program shows it."""
    return (f"{number[:2]}.{number[2:5]}.{number[5:]}", f"{number[:4]} {number[4:]}", f"KvK {number}")[way % 3]


def phone(country: str, area: str) -> tuple[str, str]:
    """One number as people in the country write it, and with its country code."""
    length = 10 if country == "NL" else 9
    own = "0" + "".join(str(DICE.randint(0, 9)) for _ in range(length - len(area) - 1))
    return f"{area}-{own}", f"{'+31' if country == 'NL' else '+32'} {area[1:]} {own}"


def customers() -> list[dict[str, str]]:
    """The customers as the shop exports them, with what is needed to make their accounts."""
    made, names = [], set()
    for number in range(CUSTOMERS):
        country, town, area, low, high = PLACES[number % len(PLACES)]
        while True:
            name = f"{DICE.choice(SURNAMES)} {DICE.choice(TRADES)}"
            if name not in names:
                names.add(name)
                break
        form = DICE.choice(["B.V.", "B.V.", "N.V."]) if country == "NL" else DICE.choice(["BV", "NV"])
        digits = DICE.randint(low, high)
        local, international = phone(country, area)
        made.append(
            {
                "id": str(1001 + number),
                "company": f"{name} {form}",
                "plain_vat": vat_nl() if country == "NL" else vat_be(),
                "plain_kvk": kvk() if country == "NL" else "",
                "email": f"info@{name.lower().replace(' ', '-')}.example",
                "phone": local,
                "international": international,
                "street": f"{DICE.choice(STREETS)} {DICE.randint(1, 180)}",
                "zip": f"{digits} {DICE.choice('ABCDEGHJKLNPRTVWXZ')}{DICE.choice('ABCDEGHJKLNPRTVWXZ')}"
                if country == "NL"
                else str(digits),
                "city": town,
                "country": "Nederland" if country == "NL" else "België",
                "code": country,
            }
        )
    return made


def accounts(shop: list[dict[str, str]]) -> list[dict[str, object]]:
    """What the administration holds: most customers, spelled its own way; one of them twice; some the shop does not know."""
    made = []
    for place, customer in enumerate(shop[:KNOWN]):
        by_chamber = customer["plain_kvk"] != "" and place % 3 == 1
        made.append(
            {
                "ID": guid(),
                "Code": str(2001 + place),
                "Name": _bookkeepers_name(customer["company"], place),
                "VATNumber": None if by_chamber else customer["plain_vat"],
                "ChamberOfCommerce": customer["plain_kvk"] or None,
                "Email": customer["email"],
                "Phone": customer["international"],
                "AddressLine1": customer["street"],
                "Postcode": customer["zip"],
                "City": customer["city"],
                "Country": customer["code"],
                "Status": "C",
            }
        )
    twin = shop[KNOWN - 1]
    made.append(made[KNOWN - 1] | {"ID": guid(), "Code": "2900", "Name": f"{twin['company']} (oud)", "Phone": None})
    for place in range(6):
        name = f"{SURNAMES[place]} Groothandel B.V."
        made.append(
            {
                "ID": guid(), "Code": str(3001 + place), "Name": name, "VATNumber": vat_nl(), "ChamberOfCommerce": kvk(),
                "Email": f"verkoop@{SURNAMES[place].lower()}-groothandel.example", "Country": "NL", "Status": "S",
            }
        )  # fmt: skip
    return made


def _bookkeepers_name(name: str, place: int) -> str:
    """As a bookkeeper types it: every third one in capitals and without dots."""
    return name.upper().replace(".", "") if place % 3 == 0 else name


def contacts(shop: list[dict[str, str]]) -> list[dict[str, str]]:
    """People at the customers: one at each, a second one at half of them."""
    made = []
    for place in range(CONTACTS):
        # The one that stands in the books twice has nobody here, so that nothing waits for it.
        customer = shop[(place if place < CUSTOMERS else 2 * (place - CUSTOMERS)) % CUSTOMERS]
        if customer is shop[KNOWN - 1]:
            customer = shop[0]
        first, last = DICE.choice(FIRST), DICE.choice(SURNAMES)
        domain = customer["email"].partition("@")[2]
        made.append(
            {
                "id": str(5001 + place),
                "customer_id": customer["id"],
                "first_name": first,
                "last_name": last,
                "email": f"{first.lower().replace('ë', 'e')}.{last.lower()}.{place + 1}@{domain}",
                "job": DICE.choice(JOBS),
            }
        )
    return made


def exact_contacts(people: list[dict[str, str]], ids: dict[str, str]) -> list[dict[str, object]]:
    """The contacts the administration holds already: of every known customer the first one."""
    made, seen = [], set()
    for person in people:
        account = ids.get(person["customer_id"])
        if account is None or account in seen or len(made) == 30:
            continue
        seen.add(account)
        made.append(
            {
                "ID": guid(), "Account": account, "FirstName": person["first_name"], "LastName": person["last_name"],
                "FullName": f"{person['first_name']} {person['last_name']}",
                "Email": person["email"].capitalize(), "JobTitleDescription": person["job"],
            }
        )  # fmt: skip
    return made


def articles() -> list[dict[str, str]]:
    """What the shop sells."""
    made = []
    for place in range(ARTICLES):
        thing, kind = THINGS[place % len(THINGS)], KINDS[place // len(THINGS)]
        made.append(
            {
                "sku": f"ART-{place + 1:04}",
                "name": f"{thing} {kind}",
                "ean": ean(),
                "price": f"{DICE.randint(2, 240)},{DICE.choice(['00', '50', '95'])}",
                "tax_class": "reduced" if place % 15 == 14 else "standard",
            }
        )
    return made


def items(shop: list[dict[str, str]]) -> list[dict[str, object]]:
    """The articles the administration holds already: two of three, every fifth of them without a bar code."""
    return [
        {
            "ID": guid(), "Code": article["sku"], "Description": article["name"],
            "Barcode": None if place % 5 == 0 else article["ean"],
            "SalesVatCode": "5" if article["tax_class"] == "reduced" else "2", "IsSalesItem": True,
        }
        for place, article in enumerate(shop) if place % 3 != 2
    ]  # fmt: skip


def write_csv(name: str, rows: list[dict[str, str]], columns: str) -> None:
    """As a spreadsheet of these countries saves it: semicolons, a byte-order mark, line ends of two characters."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns.split(), delimiter=";", lineterminator="\r\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    (HERE / "shop" / name).write_bytes(text.getvalue().encode("utf-8-sig"))


def write_exact(name: str, rows: list[dict[str, object]]) -> None:
    """In the form of an Exact answer."""
    full = [{n: v for n, v in row.items() if v is not None} for row in rows]
    text = json.dumps({"d": {"results": full}}, ensure_ascii=False, indent=1)
    (HERE / "exact" / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Write all files."""
    for folder in ("shop", "exact"):
        (HERE / folder).mkdir(exist_ok=True)
    shop = customers()
    books = accounts(shop)
    for place, customer in enumerate(shop):
        customer["vat_id"] = spelled_vat(customer["plain_vat"], place)
        customer["kvk"] = spelled_kvk(customer["plain_kvk"], place) if customer["plain_kvk"] else ""
    people, sold = contacts(shop), articles()
    ids = {customer["id"]: str(account["ID"]) for customer, account in zip(shop, books[: KNOWN - 1], strict=False)}
    write_csv("customers.csv", shop, "id company vat_id kvk email phone street zip city country")
    write_csv("contacts.csv", people, "id customer_id first_name last_name email job")
    write_csv("articles.csv", sold, "sku name ean price tax_class")
    write_exact("Accounts", books)
    write_exact("Contacts", exact_contacts(people, ids))
    write_exact("Items", items(sold))


if __name__ == "__main__":
    main()
