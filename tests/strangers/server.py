"""The emulator as a user starts it, and a TLS door in front of it for clients that insist on https."""

from __future__ import annotations

import ipaddress
import json
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PASSED = {"content-type", "location", "reason", "dataserviceversion", "cache-control"}


class Server:
    """An emulator in a process of its own, and its door.

    Attributes:
        told: What it printed when it was ready.
        https: Address of the door.
        certificate: File with the certificate that the door shows.
    """

    def __init__(self, repository: Path, folder: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "exact_emulator",
            "--port",
            "0",
            "--auto-login",
            "--admin",
            "--per-minute",
            "6000",
        ]
        self._process = subprocess.Popen(
            command, cwd=repository / "connectors", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        self.told: dict[str, Any] = json.loads(self._process.stdout.readline())
        self.http: str = self.told["address"]
        self.certificate, key = _certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._door = ThreadingHTTPServer(("127.0.0.1", 0), _door(self.http))
        self._door.socket = context.wrap_socket(self._door.socket, server_side=True)
        self.https = f"https://localhost:{self._door.server_port}"
        threading.Thread(target=self._door.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Close the door, end the process."""
        self._door.shutdown()
        self._door.server_close()
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


def _door(behind: str) -> type[BaseHTTPRequestHandler]:
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length) if length else None
            kept = {n: v for n, v in self.headers.items() if n.lower() not in ("host", "connection", "content-length")}
            forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": self.headers["host"]}
            request = urllib.request.Request(behind + self.path, body, {**kept, **forwarded}, method=self.command)
            try:
                answer = opener.open(request, timeout=30)
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                content = answer.read()
                self.send_response_only(answer.status or 500)
                for name, value in answer.headers.items():
                    if name.lower() in _PASSED or name.lower().startswith("x-ratelimit"):
                        self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815 - the library calls them so

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    return Door


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, made on the spot, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret
