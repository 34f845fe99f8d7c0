"""Phrases about code: nothing but code, no imports, no comprehensions, few built-ins."""

from __future__ import annotations

import re

from judgekit.io.demands.ready import Way
from judgekit.io.demands.rule import Hit, Rule, rule

_OTHER_LANGUAGE = re.compile(
    r"\b(?:java|javascript|typescript|go|golang|rust|kotlin|swift|haskell|scala|php|ruby|perl|dart|lua|julia)\b|\bC(?:\+\+|#)",
    re.IGNORECASE,
)
_NO = r"(?:do not|don['’]t|must not|may not|cannot|should not|without|avoid)"
_MORE = r"(?: any)?(?: new| more| extra| additional| further)?"


def _imports(hit: Hit) -> Way | None:
    return None if _OTHER_LANGUAGE.search(hit.prompt) else Way("python_no_new_imports", {"allowed": []})


def _builtins(hit: Hit) -> Way | None:
    names = [name for name in re.findall(r"\w+", hit["names"]) if name != "and"]
    return Way("python_builtins_only", {"allowed": [*names]}) if all(map(str.isidentifier, names)) else None


CODE: tuple[Rule, ...] = (
    rule(
        "code_only",
        r"\b(?:(?:return|reply with|respond with|answer with|output|give(?: me)?|show(?: me)?|provide|print) )?"
        r"(?:(?:only|just|nothing but) (?:the |your )?code|code only|only output code)\b"
        r"(?! (?:that|which|from|in|for|with|review))",
        lambda _: Way("fenced_code_only", {}),
        of_code=True,
    ),
    rule(
        "no_imports",
        rf"\b(?:no(?: new| extra| additional| further)?|{_NO}(?: add| use| adding| using)?{_MORE}) imports\b"
        rf"|\b{_NO} import(?:ing)? any(?:thing| modules?| libraries)\b",
        _imports,
        of_code=True,
    ),
    rule(
        "no_comprehensions",
        rf"\b(?:no|{_NO}(?: use| using)?)(?: any)?(?: (?:list|dict|set|list/dict|list or dict)s?)? comprehensions\b",
        lambda _: Way("python_no_comprehensions", {}),
        of_code=True,
    ),
    rule(
        "no_comprehensions",
        rf"\b{_NO} use\b[^.]{{0,60}}? (?:or|nor) any(?: (?:list|dict|set|list/dict))? comprehensions\b",
        lambda _: Way("python_no_comprehensions", {}),
        of_code=True,
    ),
    rule(
        "builtins",
        rf"\b{_NO} use (?:any )?built-?ins (?:beyond|other than|except(?: for)?|besides) "
        r"(?P<names>\w{1,30}(?:(?:,? and|,) (?!or\b|any\b)\w{1,30}){0,5})",
        _builtins,
        of_code=True,
    ),
)
