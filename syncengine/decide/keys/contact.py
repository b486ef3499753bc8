"""E-mail addresses and web domains, and those that say nothing about a company."""

from __future__ import annotations

import re
from functools import cache

from syncengine.decide.keys.junk import SURE_FILLERS, filler
from syncengine.decide.keys.key import FREE_MAIL, Key, Part, empty, rejected, review, valid
from syncengine.decide.keys.text import plain

_FREE = frozenset(
    # world
    "gmail.com googlemail.com icloud.com me.com mac.com aol.com msn.com proton.me protonmail.com pm.me mail.com mail.ru email.com "
    "yandex.ru yandex.com zoho.com tutanota.com hushmail.com fastmail.com fastmail.fm ymail.com rocketmail.com qq.com 163.com inbox.com "
    # the Netherlands
    "ziggo.nl kpnmail.nl kpnplanet.nl planet.nl xs4all.nl hetnet.nl home.nl casema.nl chello.nl upcmail.nl quicknet.nl tele2.nl "
    "telfort.nl freeler.nl zonnet.nl wanadoo.nl solcon.nl caiway.nl caiway.net online.nl onsbrabantnet.nl onsnet.nu zeelandnet.nl "
    "hccnet.nl xmsnet.nl kabelfoon.net kabelfoon.nl multiweb.nl orange.nl versatel.nl 12move.nl concepts.nl kpnxs.nl xmsweb.nl "
    "t-mobilethuis.nl odido.nl delta.nl deltanet.nl lijbrandt.nl filternet.nl ision.nl "
    # Belgium
    "telenet.be skynet.be proximus.be pandora.be scarlet.be voo.be belgacom.net base.be edpnet.be mobistar.be "
    # Germany, France
    "web.de t-online.de freenet.de arcor.de online.de gmx.de gmx.net gmx.at gmx.ch gmx.com orange.fr free.fr laposte.net sfr.fr neuf.fr "
    "wanadoo.fr bbox.fr numericable.fr club-internet.fr bluewin.ch libero.it".split()
)
_FREE_FAMILIES = frozenset("hotmail outlook live yahoo".split())
_PLATFORMS = frozenset(
    "facebook.com linkedin.com instagram.com twitter.com x.com youtube.com marktplaats.nl bol.com etsy.com ebay.com google.com "
    "wixsite.com wordpress.com jimdo.com weebly.com blogspot.com webnode.nl jouwweb.nl myshopify.com github.io".split()
)
_NO_REPLY = re.compile(
    r"^(?:no|do|geen|niet)[._-]?(?:not)?[._-]?(?:reply|repley|antwoord|antwoorden|beantwoorden)s?$|^mailer-daemon$"
)
_TEST = re.compile(r"^(?:test|tests|testing|tester|dummy|example|voorbeeld|demo|asdf|qwerty|foo|bar|abc)[0-9]*$")
_NOBODY = frozenset("geenemail geenmail geen.email geen-email nomail noemail dummy placeholder".split())
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\uffff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\uffff-]+)*"
_LABEL = r"[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*\.(?:[a-z\u00a1-\uffff]{{2,63}}|xn--[a-z0-9-]{{1,59}})"
_ADDRESS = rf"({_LOCAL})@([^@]+)"
_NAMED = re.compile(r'^"?([^"<>@]*?)"?\s*<\s*([^<>\s]+@[^<>\s]+)\s*>$')
_SEVERAL = re.compile(r"\s*[;,/|]\s*|\s+")
_WEB = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//|^(?:https?):/?")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Sets of nearly all characters take long to compile: a run that reads no address does without."""
    return re.compile(pattern)


def _ascii_domain(domain: str) -> str:
    """The domain in its one spelling: lower case, international letters as ``xn--``; "" if it is none."""
    domain = domain.casefold().rstrip(".")
    if len(domain) > 253 or not _compiled(_DOMAIN).fullmatch(domain):
        return ""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def free_mail(domain: str) -> bool:
    """True if anybody may have an address at this domain."""
    return domain in _FREE or (domain.split(".", maxsplit=1)[0] in _FREE_FAMILIES and domain.count(".") <= 2)


def email(raw: str, country: str | None = None) -> Key:
    """Judge an e-mail address; canonical is lower case throughout, for no provider of note tells cases apart."""
    text, wide = plain(raw)
    if junk := filler(text):
        return empty(junk)
    repairs = ["full-width characters"] if wide else []
    if text[:7].lower() == "mailto:":
        text, repairs = text[7:].split("?", 1)[0].strip(), [*repairs, "mailto"]
    if named := _NAMED.match(text):
        key = _one(named.group(2), [*repairs, "display name"])
        parts: tuple[tuple[str, Part], ...] = (("email", key.value or ""), ("name", named.group(1)))
        return Key(
            value=key.value, status=key.status, reason=key.reason, parts=parts if named.group(1) and key.value else ()
        )
    if (stripped := text.rstrip(";,.").strip("<>")) != text:
        text, repairs = stripped, [*repairs, "punctuation"]
    several = [piece for piece in _SEVERAL.split(text) if "@" in piece]
    if len(several) > 1:
        first = _one(several[0], repairs)
        return review(first.value, "several addresses")
    return _one(text, repairs)


def _one(text: str, repairs: list[str]) -> Key:
    match = _compiled(_ADDRESS).fullmatch(text)
    if match is None:
        return rejected("no address" if "@" not in text else "format")
    local, domain = match.group(1).casefold(), _ascii_domain(match.group(2))
    if not domain or len(local) > 64:
        return rejected("format")
    value = f"{local}@{domain}"
    if local in _NOBODY or filler(local, SURE_FILLERS):
        return rejected("placeholder")
    if _NO_REPLY.match(local):
        return review(value, "no-reply address")
    if _TEST.match(local) or (len(local) < 3 and local == domain.split(".", 1)[0]):
        return review(value, "placeholder")
    return review(value, FREE_MAIL) if free_mail(domain) else valid(value, repairs)


def domain(raw: str, country: str | None = None) -> Key:
    """Judge a web address, e-mail address or bare domain; canonical is the host without ``www``."""
    text, _ = plain(raw)
    if junk := filler(text):
        return empty(junk)
    host = text.casefold().removeprefix("mailto:")
    if "@" in host:
        host = host.rsplit("@", 1)[1]
    host = _WEB.sub("", host)
    host = re.split(r"[/?#:]", host, maxsplit=1)[0]
    host = re.sub(r"^www[0-9]?\.", "", host)
    name = _ascii_domain(host)
    if not name:
        return rejected("format")
    if free_mail(name):
        return review(name, FREE_MAIL)
    if name in _PLATFORMS or ".".join(name.split(".")[-2:]) in _PLATFORMS:
        return review(name, "platform domain")
    return (
        review(name, "placeholder")
        if re.match(r"^(?:test|onbekend|geen|nvt|unknown|voorbeeld)\.", name)
        else valid(name, [])
    )
