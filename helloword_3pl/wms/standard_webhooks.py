"""Signatures of messages by Standard Webhooks (standardwebhooks.com, specification 1.0)."""

import base64
import binascii
import hashlib
import hmac
import time

from .base import InvalidSignatureError

# Seconds a message may be old, or ahead of our clock.
TOLERANCE = 300
_PREFIX = "whsec_"


def sign(secret, message_id, stamp, body):
    """:param str secret: ``whsec_`` and Base64
    :param stamp: seconds since 1970, as an integer or its text
    :param bytes body: as sent
    :return: the value of ``webhook-signature``
    :raise ValueError: the secret is not one
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("The secret is not Base64.") from error
    content = f"{message_id}.{stamp}.".encode() + body
    digest = hmac.new(key, content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def verify(secrets, headers, body):
    """Check a message: signed with one of our secrets, and not long ago.

    :param secrets: texts, the current one and, while it is changed, the one before
    :param headers: case-insensitive mapping
    :raise InvalidSignatureError: it is neither
    """
    message_id = headers.get("webhook-id") or ""
    stamp = headers.get("webhook-timestamp") or ""
    if not message_id or not stamp.isdecimal():
        raise InvalidSignatureError("The message has no number or no time.")
    if abs(time.time() - int(stamp)) > TOLERANCE:
        raise InvalidSignatureError("The message is too old, or a clock is wrong.")
    given = [text.encode() for text in (headers.get("webhook-signature") or "").split()]
    for secret in filter(None, secrets):
        try:
            wanted = sign(secret, message_id, stamp, body).encode()
        except ValueError:
            raise InvalidSignatureError("Our secret is not one of Standard Webhooks.") from None
        if any(hmac.compare_digest(text, wanted) for text in given):
            return
    raise InvalidSignatureError("The message's signature is wrong.")
