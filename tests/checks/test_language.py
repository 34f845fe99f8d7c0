"""The check on the language of the prose."""

from __future__ import annotations

import pytest

from judgekit.checks import run_check
from judgekit.errors import UserError

TEXTS = {
    "en": "A closure is a function that keeps access to the variables of its enclosing scope.",
    "de": "Eine Closure ist eine Funktion, die Zugriff auf die Variablen ihrer Umgebung behält.",
    "fr": "Une fermeture est une fonction qui garde l'accès aux variables de la portée englobante.",
    "es": "Una clausura es una función que conserva el acceso a las variables de su entorno.",
    "ru": "Замыкание — это функция, которая сохраняет доступ к переменным внешней области.",
    "zh": "闭包是一个函数，它可以访问其外部作用域中的变量。",
    "ja": "クロージャとは、外側のスコープの変数を参照できる関数のことです。",
}


@pytest.mark.parametrize("language", TEXTS)
def test_language(language: str) -> None:
    found = run_check("language", TEXTS[language], {"code": language})
    assert (found.result, found.measured, found.expected) == ("pass", language, language)
    other = "de" if language != "de" else "en"
    found = run_check("language", TEXTS[language], {"code": other})
    assert (found.result, found.measured, found.expected) == ("fail", language, other)


def test_code_and_addresses_are_in_no_language() -> None:
    english_code = "```python\n# this comment is written in plain English words\nprint('and so is this text')\n```"
    text = f"{TEXTS['de']}\n{english_code}\nSiehe `the_name_of_this_function` und https://example.org/in/english/words."
    assert run_check("language", text, {"code": "de"}).result == "pass"


@pytest.mark.parametrize(
    "text", ["", "Yes.", "42 + 17 = 59 " * 50, "```\nall of this is code and no prose\n```", "很好"]
)
def test_too_little_prose_does_not_apply(text: str) -> None:
    assert run_check("language", text, {"code": "en"}).result == "not_applicable"


def test_the_answer_is_the_same_every_time() -> None:
    mixed = "The answer ist ziemlich gemischt, mais oui."
    assert len({run_check("language", mixed, {"code": "en"}).measured for _ in range(5)}) == 1


@pytest.mark.parametrize("code", ["english", "EN", "", "xx", 5])
def test_an_unknown_code(code: object) -> None:
    with pytest.raises(UserError, match=r"^check language: code: "):
        run_check("language", "x", {"code": code})
