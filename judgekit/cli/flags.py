"""The flags that several commands share: how transcripts are read, and how a judge is reached and asked."""

from __future__ import annotations

from typing import Annotated

import typer

BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", envvar="JUDGEKIT_BASE_URL", help="An OpenAI-compatible endpoint."),
]
ApiKeyEnv = Annotated[
    str | None,
    typer.Option(
        "--api-key-env",
        metavar="NAME",
        envvar="JUDGEKIT_API_KEY_ENV",
        help="The environment variable that holds the key.",
    ),
]
Concurrency = Annotated[
    int,
    typer.Option(
        "--concurrency",
        metavar="N",
        min=1,
        max=10_000,
        envvar="JUDGEKIT_CONCURRENCY",
        help="Calls in flight at once.",
    ),
]
Rpm = Annotated[
    float | None,
    typer.Option(
        "--rpm", metavar="N", min=0.1, envvar="JUDGEKIT_RPM", help="Requests a minute. Default: what the server says."
    ),
]
Tpm = Annotated[
    float | None,
    typer.Option(
        "--tpm", metavar="N", min=1, envvar="JUDGEKIT_TPM", help="Tokens a minute. Default: what the server says."
    ),
]
Prices = Annotated[
    str | None,
    typer.Option(
        "--prices",
        metavar="FILE",
        envvar="JUDGEKIT_PRICES",
        help="Your own prices by judge, in dollars per million tokens.",
    ),
]
Temperature = Annotated[
    str,
    typer.Option(
        "--temperature",
        metavar="T|default",
        envvar="JUDGEKIT_TEMPERATURE",
        help="'default' leaves it to the model.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout", metavar="SECONDS", min=0.001, max=86_400, envvar="JUDGEKIT_TIMEOUT", help="For one attempt."
    ),
]
MaxAttempts = Annotated[
    int,
    typer.Option(
        "--max-attempts",
        metavar="N",
        min=1,
        envvar="JUDGEKIT_MAX_ATTEMPTS",
        help="Calls for one reply, the first included.",
    ),
]
MaxTokens = Annotated[
    int | None,
    typer.Option(
        "--max-tokens",
        metavar="N",
        min=1,
        envvar="JUDGEKIT_MAX_TOKENS",
        help="The limit of a reply. Default: the provider's.",
    ),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, envvar="JUDGEKIT_LIMIT", help="Only the first N transcripts."),
]
SkipBad = Annotated[
    bool,
    typer.Option("--skip-bad", envvar="JUDGEKIT_SKIP_BAD", help="Leave out rows that cannot be read, and count them."),
]
MAP = typer.Option(
    [], "--map", metavar="FIELD=COLUMN", envvar="JUDGEKIT_MAP", help="Where fields stand: prompt=question,…"
)
"""A default, not a type: a list is no default beside a type."""
