"""Secrets that must turn up nowhere, and every form in which a service may repeat them."""

from __future__ import annotations

import base64
from urllib.parse import quote

KEY = "canary-KEY_4f9d8a7b6c5e/x+y"
PASSWORD = "canary-PASSWORD-77"


def forms(secret):
    """A secret as it is, quoted, in hexadecimal digits, and in base64 alone and within other bytes."""
    content = secret.encode()
    inner = [
        base64.b64encode((b"." * before + content)[: (before + len(content)) // 3 * 3])[4:].decode()
        for before in (1, 2)
    ]
    return {
        secret,
        quote(secret, safe=""),
        content.hex(),
        content.hex().upper(),
        base64.b64encode(content).decode(),
        base64.urlsafe_b64encode(content).decode().rstrip("="),
        *inner,
    }


def found_in(folder, *texts, secrets=()):
    """Every form of every secret that stands in a file below a folder, or in a text."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    contents = [path.read_bytes() for path in files] + [text.encode() for text in texts]
    wanted = {form.encode() for secret in (KEY, PASSWORD, *secrets) for form in forms(secret)}
    return {form for form in wanted for content in contents if form in content}
