"""What the pages share: their templates, escaped, their data, inert, and the digests of their own style and script."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def page_environment() -> Environment:
    """An environment in which everything that is filled in is escaped, and a missing value is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def policy_digest(text: str) -> str:
    """What a Content-Security-Policy names a style or a script by, without the quotes."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


_INERT = ("<", ">", "&", "\u2028", "\u2029")
"""What could end or confuse a script element, or a line of it."""


def inert_json(value: Any) -> str:
    r"""The value as JSON for a `<script type="application/json">`: nothing in it can end that element.

    >>> inert_json("</script><!--")
    '"\\u003c/script\\u003e\\u003c!--"'
    """
    import orjson

    text = orjson.dumps(value).decode()
    for character in _INERT:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
