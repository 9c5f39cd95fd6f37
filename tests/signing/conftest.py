"""A certificate authority and a small PDF for the tests of signing, both made at run time.

The PDF is written by hand, byte by byte, so that the room is tested without any renderer, and so small that every byte
of it can be flipped.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import http.server
import importlib.util
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from impact.signing.sign import sign
from impact.signing.signer import Signer, Timestamper, load_signer, load_timestamper
from impact.signing.trust import Trust, load_trust

NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)
RECORD = b'{"schema":"impact/record/1"}'
CELLS = b"PAR1 not really parquet PAR1"

XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="3" pdfaid:conformance="A"/>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier>sha256:{digest}</dc:identifier>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Assessment</rdf:li></rdf:Alt></dc:title></rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end="r"?>"""


def write_pdf(
    roles: tuple[str, ...] = ("Assessor", "DPO", "Oversight"),
    attached: Mapping[str, bytes] | None = None,
    names: tuple[str, ...] | None = None,
    encoding: str = "",
) -> bytes:
    """A tagged page with one empty signature field for each role, and attached files.

    ``names`` overrides the names under which the files are listed, to write two of one name; ``encoding``
    names the filters by which the files are already packed.
    """
    attached = {"cells.parquet": CELLS, "record.json": RECORD} if attached is None else attached
    names = names or tuple(attached)
    objects: dict[int, bytes] = {}

    def stream(content: bytes, entries: str = "") -> bytes:
        return f"<< {entries} /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"

    fields = [10 + 3 * index for index in range(len(roles))]
    files = [100 + 2 * index for index in range(len(attached))]
    listed = " ".join(f"({name}) {number} 0 R" for name, number in zip(names, files, strict=True))
    refs = " ".join(f"{number} 0 R" for number in fields)
    objects[1] = (
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [" + refs + "] >> /StructTreeRoot 6 0 R "
        "/MarkInfo << /Marked true >> /Lang (en-GB) /Metadata 7 0 R "
        f"/Names << /EmbeddedFiles << /Names [{listed}] >> >> >>"
    ).encode()
    objects[2] = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    objects[3] = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << >> "
        f"/StructParents 0 /Tabs /S /Annots [{refs}] >>"
    ).encode()
    objects[4] = stream(b"/P << /MCID 0 >> BDC 40 40 10 10 re f EMC")
    elements = " ".join(f"{number + 1} 0 R" for number in fields)
    parents = " ".join(f"{index + 1} {number + 1} 0 R" for index, number in enumerate(fields))
    objects[5] = b"<< /Type /StructElem /S /P /P 6 0 R /Pg 3 0 R /K 0 >>"
    objects[6] = (
        f"<< /Type /StructTreeRoot /K [5 0 R {elements}] /ParentTree << /Nums [0 [5 0 R] {parents}] >> >>"
    ).encode()
    objects[7] = stream(
        XMP.replace("{digest}", hashlib.sha256(RECORD).hexdigest()).encode(), "/Type /Metadata /Subtype /XML"
    )
    objects[8] = b"<< /Title (Assessment) /Producer (by hand) >>"
    for index, (role, number) in enumerate(zip(roles, fields, strict=True)):
        low = 100 + 60 * index
        objects[number] = (
            f"<< /Type /Annot /Subtype /Widget /FT /Sig /T ({role}) /TU (Signature of the {role}) /F 132 /P 3 0 R "
            f"/Rect [100 {low} 440 {low + 54}] /StructParent {index + 1} /AP << /N {number + 2} 0 R >> >>"
        ).encode()
        objects[number + 1] = (
            f"<< /Type /StructElem /S /Form /P 6 0 R /Pg 3 0 R /K << /Type /OBJR /Obj {number} 0 R /Pg 3 0 R >> >>"
        ).encode()
        objects[number + 2] = stream(b"", "/Type /XObject /Subtype /Form /BBox [0 0 340 54]")
    for (name, content), number in zip(zip(names, attached.values(), strict=True), files, strict=True):
        objects[number] = (
            f"<< /Type /Filespec /F ({name}) /UF ({name}) /AFRelationship /Source /EF << /F {number + 1} 0 R >> >>"
        ).encode()
        objects[number + 1] = stream(content, f"/Type /EmbeddedFile {encoding}")
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += f"{number} 1\n{place:010} 00000 n \n".encode()
    identity = hashlib.md5(bytes(out), usedforsecurity=False).hexdigest()
    out += (
        f"trailer\n<< /Size {max(objects) + 1} /Root 1 0 R /Info 8 0 R /ID [<{identity}> <{identity}>] >>\n"
        f"startxref\n{table}\n%%EOF\n"
    ).encode()
    return bytes(out)


@dataclass
class Authority:
    """A root that issues certificates for documents and for times, revocation lists, and answers about one certificate.

    ``responder``: the address that its certificates name for answers; None for none.
    """

    name: str = "Test Root"
    begin: dt.datetime = NOW - YEAR
    end: dt.datetime = NOW + 20 * YEAR
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    parent: Authority | None = None
    responder: str | None = None

    def __post_init__(self) -> None:
        above = self.parent or self
        signer = above.key
        issuer = self.subject(self.name) if self.parent is None else self.parent.certificate.subject
        self.certificate = (
            self._start(self.subject(self.name), issuer, self.key, self.begin, self.end)
            .add_extension(x509.BasicConstraints(True, None), critical=True)
            .add_extension(_usage(issues=True), critical=True)
            .sign(signer, hashes.SHA256())
        )

    @staticmethod
    def subject(name: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Force"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )

    @staticmethod
    def _start(subject: x509.Name, issuer: x509.Name, key: Any, begin: Any, end: Any) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )

    def issue(
        self,
        name: str,
        *,
        key: Any = None,
        begin: dt.datetime = NOW - YEAR,
        end: dt.datetime = NOW + YEAR,
        times: bool = False,
        documents: bool = True,
    ) -> tuple[Any, x509.Certificate]:
        key = key or rsa.generate_private_key(65537, 2048)
        builder = (
            self._start(self.subject(name), self.certificate.subject, key, begin, end)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(_usage(documents=documents and not times), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        if times:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        if self.responder is not None:
            place = x509.UniformResourceIdentifier(self.responder)
            named = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
            builder = builder.add_extension(x509.AuthorityInformationAccess([named]), critical=False)
        return key, builder.sign(self.key, hashes.SHA256())

    def deputy(
        self, *, may: bool = True, nocheck: bool = True, begin: dt.datetime = NOW - YEAR, end: dt.datetime = NOW + YEAR
    ) -> tuple[Any, x509.Certificate]:
        """A key and certificate that answer for the authority (RFC 6960, 4.2.2.2), or lack what it takes."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            self._start(self.subject("Deputy"), self.certificate.subject, key, begin, end)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(_usage(), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        if may:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        if nocheck:
            builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
        return key, builder.sign(self.key, hashes.SHA256())

    def answer(
        self,
        certificate: x509.Certificate,
        *,
        made: dt.datetime = NOW,
        due: dt.datetime | None = NOW + dt.timedelta(days=7),
        revoked: dt.datetime | None = None,
        unknown: bool = False,
        by: tuple[Any, x509.Certificate] | None = None,
        nonce: bytes | None = None,
    ) -> bytes:
        """An answer of the authority about ``certificate``, or of ``by`` in its name; signed when it was ``made``."""
        status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
        status = ocsp.OCSPCertStatus.UNKNOWN if unknown else status
        key, signer = by or (self.key, self.certificate)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(certificate, self.certificate, hashes.SHA1(), status, made, due, revoked, None)
            .responder_id(ocsp.OCSPResponderEncoding.HASH, signer)
        )
        builder = builder.certificates([signer]) if by else builder
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False) if nonce else builder
        data = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
        return _signed_at(data, key, made)

    def revocations(
        self,
        *revoked: tuple[x509.Certificate, dt.datetime],
        begin: dt.datetime = NOW - dt.timedelta(days=2),
        due: dt.datetime = NOW + YEAR,
    ) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(begin)
            .next_update(due)
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        for certificate, when in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(when).build()
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _signed_at(data: bytes, key: Any, when: dt.datetime) -> bytes:
    """The builder states the time of this machine's clock as that of signing: another time, signed again."""
    from asn1crypto import ocsp as plain

    answer = plain.OCSPResponse.load(data)
    basic = answer["response_bytes"]["response"].parsed
    basic["tbs_response_data"]["produced_at"] = when
    content = basic["tbs_response_data"].dump(force=True)
    if isinstance(key, rsa.RSAPrivateKey):
        basic["signature"] = key.sign(content, padding.PKCS1v15(), hashes.SHA256())
    else:
        basic["signature"] = key.sign(content, ec.ECDSA(hashes.SHA256()))
    answer["response_bytes"]["response"] = plain.ParsableOctetString(basic.dump(force=True))
    made: bytes = answer.dump(force=True)
    return made


@contextmanager
def serving(
    answer: Callable[[bytes, http.server.BaseHTTPRequestHandler], bytes], *, asked_as: str, kind: str
) -> Iterator[str]:
    """A service on localhost; ``answer`` makes the body from what was sent, or writes by itself and gives none."""

    class Service(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == asked_as
            body = answer(data, self)
            if body:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *args: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.daemon_threads = True
    server.block_on_close = False  # a service that dawdles is not waited for
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def dawdle(handler: http.server.BaseHTTPRequestHandler, kind: str) -> bytes:
    """A byte now and then: no single wait is long, the whole never ends."""
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b"\x30")
            time.sleep(0.2)
    except OSError:
        pass
    return b""


def redirect(handler: http.server.BaseHTTPRequestHandler, kind: str) -> bytes:
    handler.send_response(302)
    handler.send_header("Content-Type", kind)
    handler.send_header("Location", handler.path)
    handler.end_headers()
    return b""


def _usage(*, documents: bool = False, issues: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(not issues, documents, False, False, False, issues, issues, False, False)


def p12(key: Any, certificate: x509.Certificate, *above: x509.Certificate, passphrase: bytes = b"secret") -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"x", key, certificate, list(above) or None, BestAvailableEncryption(passphrase)
    )


@dataclass
class World:
    """One authority with the people of an assessment, and the trust folder that believes it."""

    folder: Path
    authority: Authority
    people: dict[str, tuple[Any, x509.Certificate]]
    stamp: tuple[Any, x509.Certificate]

    def signer(self, role: str) -> Signer:
        return self._load(f"{role}.p12", self.people[role], load_signer)

    @property
    def timestamper(self) -> Timestamper:
        return self._load("stamp.p12", self.stamp, load_timestamper)

    def _load(self, name: str, pair: tuple[Any, x509.Certificate], how: Callable[..., Any]) -> Any:
        path = self.folder / name
        if not path.exists():
            path.write_bytes(p12(*pair))
        return how(path, "secret")

    def trust(
        self,
        *,
        required: tuple[str, ...] = ("Assessor",),
        lists: tuple[bytes, ...] | None = None,
        roots: tuple[x509.Certificate, ...] | None = None,
        timestamp: str = "required",
        swap: Mapping[str, str] | None = None,
        present: tuple[str, ...] = (),
        level: str | None = None,
        answers: tuple[bytes, ...] = (),
    ) -> Trust:
        """``swap`` lists another person's certificate for a role."""
        folder = self.folder / f"trust-{len(list(self.folder.glob('trust-*')))}"
        folder.mkdir()
        for index, root in enumerate(roots if roots is not None else (self.authority.certificate,)):
            (folder / f"root{index}.pem").write_bytes(root.public_bytes(Encoding.PEM))
        for index, data in enumerate(lists if lists is not None else (self.authority.revocations(),)):
            (folder / f"list{index}.crl").write_bytes(data)
        for index, data in enumerate(answers):
            (folder / f"answer{index}.ors").write_bytes(data)
        lines = [f"required: [{', '.join(required)}]", f"timestamp: {timestamp}"]
        lines += [f"present: [{', '.join(present)}]"] if present else []
        lines += [f"level: {level}"] if level else []
        lines += ["roles:"]
        for role in self.people:
            _, certificate = self.people[(swap or {}).get(role, role)]
            mark = certificate.fingerprint(hashes.SHA256()).hex()
            lines += [f"  {role}:", f"    label: The {role}", "    certificates:", f'      - "sha256:{mark}"']
        (folder / "roles.yaml").write_text("\n".join(lines) + "\n")
        return load_trust(folder)

    def sign(self, pdf: bytes, role: str = "Assessor", **named: Any) -> bytes:
        named.setdefault("timestamper", self.timestamper)
        named.setdefault("now", NOW)
        return sign(pdf, signer=named.pop("signer", None) or self.signer(role), role=role, **named)


def make_world(folder: Path, *, authority: Authority | None = None) -> World:
    authority = authority or Authority()
    names = {"Assessor": "Ada Assessor", "DPO": "Dan Officer", "Oversight": "Mo Oversight"}
    people = {role: authority.issue(name) for role, name in names.items()}
    return World(folder, authority, people, authority.issue("Test Time", times=True, end=NOW + 15 * YEAR))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def trust(world: World) -> Trust:
    return world.trust()


@pytest.fixture(scope="session")
def unsigned() -> bytes:
    return write_pdf()


@pytest.fixture(scope="session")
def signed_once(world: World, unsigned: bytes) -> bytes:
    return world.sign(unsigned, "Assessor", reason="I prepared this assessment")


@pytest.fixture(scope="session")
def signed_thrice(world: World, signed_once: bytes) -> bytes:
    return world.sign(world.sign(signed_once, "DPO"), "Oversight", reason="Received")


@pytest.fixture(scope="session")
def now() -> dt.datetime:
    return NOW


def _beside(name: str) -> Any:
    """A module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def make() -> Any:
    """The makers of this file, since tests import no module of the tests."""

    class Make:
        pdf = staticmethod(write_pdf)
        world = staticmethod(make_world)
        authority = Authority
        p12 = staticmethod(p12)
        changes = _beside("changes").CHANGES
        serving = staticmethod(serving)
        dawdle = staticmethod(dawdle)
        redirect = staticmethod(redirect)
        record = RECORD
        cells = CELLS
        year = YEAR

    return Make
