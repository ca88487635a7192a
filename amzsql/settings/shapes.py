"""What credentials look like, so that one in another's place is noticed before Amazon is asked.

Must not know where a value came from. No message repeats one.
"""

from __future__ import annotations

import re
from types import MappingProxyType

# What a value begins with, and what it is then.
_BEGINNINGS = (
    ("amzn1.application-oa2-client.", "a client id (OAuthClientId)"),
    ("amzn1.oa2-cs.", "a client secret (OAuthClientSecret)"),
    ("amzn1.sp.solution.", "an application's id (AppId)"),
    ("amzn1.sellerapps.app.", "an application's id (AppId)"),
    ("Atzr|", "a refresh token (OAuthRefreshToken)"),
    ("Atza|", "an access token (OAuthAccessToken), which lives for an hour"),
    ("amzn.mws.", "a token of MWS, which Amazon closed on 2024-03-31"),
    ("AKIA", "an AWS access key, which Amazon no longer asks for"),
)
_SHAPES = MappingProxyType(
    {
        "OAuthClientId": (r"amzn1\.application-oa2-client\.[\w.-]+", "amzn1.application-oa2-client.…"),
        # Secrets made before 2023 are 64 hexadecimal digits.
        "OAuthClientSecret": (r"amzn1\.oa2-cs\.[\x21-\x7e]+|[0-9a-f]{64}", "amzn1.oa2-cs.v1.…"),
        "OAuthPreviousSecret": (r"amzn1\.oa2-cs\.[\x21-\x7e]+|[0-9a-f]{64}", "amzn1.oa2-cs.v1.…"),
        "OAuthRefreshToken": (r"Atzr\|[\x21-\x7e]+", "Atzr|…"),
        "OAuthAccessToken": (r"Atza\|[\x21-\x7e]+", "Atza|…"),
        "AppId": (r"amzn1\.(sp\.solution|sellerapps\.app)\.[\w.-]+", "amzn1.sp.solution.…"),
    }
)


def problem(name: str, value: str) -> str:
    """Return what is wrong with the looks of a property's value; empty if nothing is, or nothing is known of it."""
    shape = _SHAPES.get(name)
    if shape is None or re.fullmatch(shape[0], value):
        return ""
    other = next((what for beginning, what in _BEGINNINGS if value.startswith(beginning)), "")
    if other and not other.endswith(f"({name})"):
        return f"{name}: that is {other}; {shape[1]} is wanted"
    return f"{name}: {shape[1]} is wanted, without white space: copy it again"
