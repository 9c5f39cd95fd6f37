"""A timestamp authority on this machine, for practice and for tests.

In: a pyHanko signer whose certificate is for time stamping, and the time to state. Out: pyHanko's ``TimeStamper``.
The token is in the form of RFC 3161 and 5816, with the algorithms and the certificate under its own signature, so that
no byte of it can be changed unseen.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

__all__ = ["local_timestamper"]

# A policy of no meaning, under the arc for documentation (RFC 7299 has none; 2.999 is “example” in X.660).
_POLICY = "2.999.1"


def local_timestamper(signer: Any, *, when: datetime) -> Any:
    """A timestamper that states ``when`` on every request."""
    from asn1crypto import cms, core, tsp
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign.timestamps import TimeStamper

    class Local(TimeStamper):
        async def async_request_tsa_response(self, req: Any) -> Any:
            number = {} if req["nonce"].native is None else {"nonce": req["nonce"]}  # repeated only where it was asked
            stated = tsp.TSTInfo(
                {
                    **number,
                    "version": "v1",
                    "policy": core.ObjectIdentifier(_POLICY),
                    "message_imprint": req["message_imprint"],
                    "serial_number": secrets.randbits(64),
                    "gen_time": when,
                    "tsa": asn1_x509.GeneralName(name="directory_name", value=signer.signing_cert.subject),
                }
            )
            token = await signer.async_sign_general_data(
                cms.EncapsulatedContentInfo(
                    {"content_type": "tst_info", "content": cms.ParsableOctetString(stated.dump())}
                ),
                "sha256",
                detached=False,
            )
            return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})

    return Local()  # type: ignore[no-untyped-call]  # pyHanko types this in part
