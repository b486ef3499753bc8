"""What others' clients make of the emulator: log in, page, filter, create, read back, update, delete, renew the login."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.strangers

COUNT = 130
"""Accounts made: three pages of sixty."""

EXACTONLINE = """
import json, sys, urllib.error, urllib.parse, urllib.request
from exactonline.api import ExactApi
from exactonline.http import HTTPError
from exactonline.resource import GET, POST
from exactonline.storage.ini import IniStorage

address, client, secret, admin, count = sys.argv[1:]
storage = IniStorage("exact.ini")
for section, option, value in (
    ("server", "auth_url", address + "/api/oauth2/auth"), ("server", "rest_url", address + "/api"),
    ("server", "token_url", address + "/api/oauth2/token"), ("application", "base_url", "https://app.example/"),
    ("application", "client_id", client), ("application", "client_secret", secret),
):
    storage.set(section, option, value)
api = ExactApi(storage=storage)

class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **more):
        return None

try:
    urllib.request.build_opener(NoRedirect).open(api.create_auth_request_url())
except urllib.error.HTTPError as answer:
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).query)["code"][0]
api.request_token(code)
choices, current = api.get_divisions()
api.set_division(current)

said = {"divisions": sorted(choices), "current": current}
made = [api.restv1(POST("crm/Accounts", {"Name": "O'Brien & Zn %d" % n, "Status": "C"})) for n in range(int(count))]
said["made"] = len({row["ID"] for row in made})
said["listed"] = len({row["ID"] for row in api.relations.all()})
first = api.relations.get(filter="ID eq guid'%s'" % made[0]["ID"], select="ID,Code,Name,Status")
said["first"] = [first["Name"], first["Status"], len(first["Code"])]
said["by_code"] = [row["ID"] == first["ID"] for row in api.relations.filter(relation_code=first["Code"].strip())]
said["by_name"] = len(api.relations.filter(filter="Name eq 'O''Brien & Zn 7'"))
said["top"] = len(api.relations.filter(top=5))
api.relations.update(first["ID"], {"City": "Delft"})
said["updated"] = api.relations.get(filter="ID eq guid'%s'" % first["ID"], select="Name,City")["City"]
api.relations.delete(first["ID"])
said["after"] = len(api.relations.all())
try:
    api.rest(GET("v1/%d/crm/Accounts(guid'%s')" % (current, first["ID"])))
except HTTPError as error:
    said["gone"] = error.code
said["vat"] = len(api.vatcodes.all())
try:
    api.refresh_token()
except HTTPError as error:
    said["early"] = error.code
body = json.dumps({"advance_s": 580}).encode()
urllib.request.urlopen(urllib.request.Request(admin + "/_admin/clock", body, {"content-type": "application/json"}))
old = storage.get_refresh_token()
api.refresh_token()
said["renewed"] = storage.get_refresh_token() != old
storage.set_refresh_token(old)
try:
    api.refresh_token()
except HTTPError as error:
    said["reused"] = error.code
print(json.dumps(said))
"""

SDK = """
import json, sys, urllib.error, urllib.parse, urllib.request
from exact_online_sdk.auth import ExactOnlineAuth
from exact_online_sdk.client import ExactOnlineClient
from exact_online_sdk.config import Settings
from exact_online_sdk.exceptions import ExactOnlineSDKError

address, client_id, secret, count = sys.argv[1:]
settings = Settings(
    client_id=client_id, client_secret=secret, redirect_uri="https://app.example/", base_url=address,
    auth_url=address + "/api/oauth2/auth", token_url=address + "/api/oauth2/token", division=123456,
)
auth = ExactOnlineAuth(settings)

class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **more):
        return None

try:
    urllib.request.build_opener(NoRedirect).open(auth.get_authorization_url("a state"))
except urllib.error.HTTPError as answer:
    told = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).query)
auth.exchange_code_for_token(told["code"][0])
said = {"state": told["state"][0]}
with ExactOnlineClient(settings, auth=auth) as client:
    made = [client.post("crm/Accounts", json={"Name": "Klant %d" % n}) for n in range(int(count))]
    pages = list(client.iter_pages("crm/Accounts", params={"$select": "ID,Name"}))
    said["pages"] = [len(page) for page in pages]
    said["listed"] = len({row["ID"] for page in pages for row in page})
    one = "crm/Accounts(guid'%s')" % made[0]["ID"]
    said["name"] = client.get(one, params={"$select": "Name"})["Name"]
    said["filtered"] = len(client.get("crm/Accounts", params={"$filter": "startswith(Name,'Klant 12')", "$select": "Name"}))
    client.put(one, json={"City": "Gent"})
    said["city"] = client.get(one)["City"]
    client.delete(one)
    try:
        client.get(one)
    except ExactOnlineSDKError as error:
        said["gone"] = type(error).__name__
print(json.dumps(said))
"""

QUANTIX = """
const { Exact } = require('@quantix-ict/exact-online');
const [address, clientId, clientSecret, count] = process.argv.slice(2);
(async () => {
  const exact = new Exact({ clientId, clientSecret, redirectUri: 'https://app.example/' });
  const asked = await fetch(exact.getLoginUrl({}), { redirect: 'manual' });
  await exact.connect(new URL(asked.headers.get('location')).searchParams.get('code'));
  const division = await exact.getCurrentDivision();
  const call = (method, endpoint, params, payload) => exact.request({ endpoint, method, params, payload, division });
  const said = { division, initialized: await exact.initialize() };
  const made = [];
  for (let n = 0; n < Number(count); n++) made.push(await call('POST', '/crm/Accounts', {}, { Name: `Klant ${n}` }));
  let page = await call('GET', '/crm/Accounts', { $select: 'ID,Name' });
  const ids = new Set(page.results.map((row) => row.ID));
  said.pages = 1;
  while (page.__next) {
    const link = new URL(page.__next);
    page = await call('GET', link.pathname.split(`/${division}`)[1], Object.fromEntries(link.searchParams));
    page.results.forEach((row) => ids.add(row.ID));
    said.pages += 1;
  }
  said.listed = ids.size;
  said.filtered = (await call('GET', '/crm/Accounts', { $filter: "Name eq 'Klant 7'", $select: 'ID' })).results.length;
  said.bare = Array.isArray(await call('GET', '/crm/Accounts', { $top: '5' }));
  const one = `/crm/Accounts(guid'${made[0].ID}')`;
  said.updated = await call('PUT', one, {}, { City: 'Aalst' });
  said.city = (await call('GET', one, { $select: 'City' })).City;
  said.deleted = await call('DELETE', one);
  said.gone = await call('GET', one).catch((error) => error.message);
  console.log(JSON.stringify(said));
})().catch((error) => { console.error(error); process.exit(1); });
"""

AANZEE = """
const { createClient } = require('exact-online');
const [host, clientId, clientSecret] = process.argv.slice(2);
const client = createClient({ clientId, redirectUri: 'https://app.example/' });
client.options.clientSecret = clientSecret;
client.apiUrl = host;
const promised = (give) => new Promise((done, fail) => give((error, data) => (error ? fail(error) : done(data))));
(async () => {
  const https = require('https');
  const address = new URL(client.authUrl('https://app.example/'));
  const location = await new Promise((done) => https.get(
    { host, port: PORT, path: address.pathname + address.search }, (answer) => { answer.resume(); done(answer.headers.location); }));
  await promised((done) => client.authorize(new URL(location).searchParams.get('code'), done));
  const said = {};
  const me = await promised((done) => client.sys.me(done));
  client.division = me.d.results[0].CurrentDivision;
  const account = (await promised((done) => client.crm.createAccount({ Name: 'Cafe' }, done))).d;
  const bank = (await promised((done) => client.crm.createBankAccount({ Account: account.ID, BankAccount: 'NL91ABNA0417164300' }, done))).d;
  await promised((done) => client.crm.saveBankAccount(bank.ID, { Description: 'main' }, done));
  const banks = (await promised((done) => client.crm.getBankAccount(account.ID, done))).d.results;
  said.banks = banks.map((row) => [row.BankAccount, row.Description]);
  said.items = (await promised((done) => client.logistics.getItems(done))).d.results.length;
  console.log(JSON.stringify(said));
})().catch((error) => { console.error(error); process.exit(1); });
"""


def test_exactonline_of_pypi(pypi, server, drive):
    told = server.told
    said = json.loads(
        drive(
            [str(pypi("exactonline==0.4.0")), "-c", EXACTONLINE, server.https, told["client_id"], told["client_secret"], server.http, str(COUNT)],
            SSL_CERT_FILE=str(server.certificate),
        )
    )  # fmt: skip
    assert said == {
        "divisions": [123456], "current": 123456, "made": COUNT, "listed": COUNT, "first": ["O'Brien & Zn 0", "C", 18],
        "by_code": [True], "by_name": 1, "top": 5, "updated": "Delft", "after": COUNT - 1, "gone": 404, "vat": said["vat"],
        "early": 400, "renewed": True, "reused": 401,
    }  # fmt: skip
    assert said["vat"] > 3


def test_exact_online_sdk_of_pypi(pypi, server, drive):
    told = server.told
    python = pypi("exact-online-sdk==2.0.0")
    said = json.loads(
        drive([str(python), "-c", SDK, server.http, told["client_id"], told["client_secret"], str(COUNT)]).splitlines()[
            -1
        ]
    )
    assert said == {
        "state": "a state", "pages": [60, 60, 10], "listed": COUNT, "name": "Klant 0", "filtered": 11, "city": "Gent",
        "gone": said["gone"],
    }  # fmt: skip
    assert "NotFound" in said["gone"]


def test_quantix_exact_online_of_npm(npm, server, drive, tmp_path):
    folder = npm("@quantix-ict/exact-online@1.1.0")
    repoint(
        folder / "node_modules/@quantix-ict/exact-online/dist/cjs/index.js", "https://start.exactonline.nl", server.http
    )
    told = server.told
    (folder / "drive.cjs").write_text(QUANTIX)
    printed = drive(
        ["node", str(folder / "drive.cjs"), server.http, told["client_id"], told["client_secret"], str(COUNT)]
    )
    assert json.loads(printed.splitlines()[-1]) == {
        "division": 123456, "initialized": True, "pages": 3, "listed": COUNT, "filtered": 1, "bare": True, "updated": True,
        "city": "Aalst", "deleted": True, "gone": "EXACT: Not Found",
    }  # fmt: skip


def test_exact_online_of_npm(npm, server, drive):
    folder = npm("exact-online@0.1.5")
    port = server.https.rpartition(":")[2]
    repoint(folder / "node_modules/exact-online/lib/exactonline.js", "port: 443", f"port: {port}")
    told = server.told
    (folder / "drive.cjs").write_text(AANZEE.replace("PORT", port))
    printed = drive(
        ["node", str(folder / "drive.cjs"), "localhost", told["client_id"], told["client_secret"]],
        NODE_EXTRA_CA_CERTS=str(server.certificate),
    )
    assert json.loads(printed.splitlines()[-1]) == {"banks": [["NL91ABNA0417164300", "main"]], "items": 0}


def repoint(file: Path, there: str, here: str) -> None:
    """Change the address that a client has built in, and nothing else of it."""
    text = file.read_text("utf-8")
    assert there in text
    file.write_text(text.replace(there, here), "utf-8")
