"""Our signers and time services as pyHanko wants them.

In: a ``Signer`` or a ``Timestamper``. Out: pyHanko's counterpart. A key on a token is in a session while it is used,
and the session ends with the block. Knows nothing of PDFs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from impact.signing.signer import Signer, Timestamper

__all__ = ["DIGEST", "cms_signer", "cms_timestamper", "software_signer"]

DIGEST = "sha256"


@contextmanager
def cms_signer(signer: Signer) -> Iterator[Any]:
    """A signer of pyHanko's, for as long as the block lasts.

    Raises:
        SignatureError: Of :mod:`impact.signing.token`, where the key is on one.
    """
    if signer.token is None:
        yield software_signer(signer)
        return
    from impact.signing.token import session, token_signer

    with session(signer.token) as opened:
        yield token_signer(signer, opened, protected=_protected)


def software_signer(signer: Signer) -> Any:
    """For a key that is held in memory."""
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    issuers = [x509.Certificate.load(each) for each in signer.issuers]
    key = signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return _protected(SimpleSigner)(
        signing_cert=x509.Certificate.load(signer.certificate),
        signing_key=keys.PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore.from_certs(issuers),  # type: ignore[no-untyped-call]  # pyHanko types this in part
        embed_roots=False,
    )


def _protected(kind: Any) -> Any:
    from pyhanko.sign.attributes import CMSAlgorithmProtectionProvider

    class Protected(kind):  # type: ignore[misc]  # the class is known at run time
        """Puts the names of the algorithms under the signature (RFC 6211), which pyHanko leaves out for PAdES."""

        def _signed_attr_providers(self, *args: Any, **named: Any) -> Any:
            found = list(super()._signed_attr_providers(*args, **named))
            if not any(isinstance(each, CMSAlgorithmProtectionProvider) for each in found):
                mechanism = self.get_signature_mechanism_for_digest(DIGEST)
                found.append(CMSAlgorithmProtectionProvider(digest_algo=DIGEST, signature_algo=mechanism))
            return found

    return Protected


def cms_timestamper(timestamper: Timestamper | None, when: datetime) -> Any:
    """A timestamper of pyHanko's; None for none. A local one states ``when``."""
    if timestamper is None:
        return None
    if timestamper.signer is not None:
        from impact.signing.localtime import local_timestamper

        return local_timestamper(software_signer(timestamper.signer), when=when)
    from impact.signing.timeservice import service_timestamper

    return service_timestamper(str(timestamper.url), seconds=timestamper.seconds)
