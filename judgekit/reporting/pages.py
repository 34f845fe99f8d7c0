"""What the pages share: their templates, escaped, and the digest by which a page allows its own style and no other."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

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


def style_digest(css: str) -> str:
    """What a Content-Security-Policy names a style by, without the quotes."""
    return "sha256-" + base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
