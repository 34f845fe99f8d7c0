"""A template or a rubric that tries to reach Python is refused, and the message names the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from judgekit.errors import UserError
from judgekit.io.rubrics import load_rubric
from judgekit.judging.lint import lint_rubric
from judgekit.judging.prompt import PromptTemplate
from tests.judging.made import stance_rubric

FORMS = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ ''['__cla' ~ 'ss__']['__mro__'] }}",
    "{{ ''|attr('__class__')|attr('__base__') }}",
    "{{ ().__class__.__bases__[0] }}",
    "{{ [].append.__self__.__class__ }}",
    "{{ {}.__class__.__init__.__globals__ }}",
    "{{ 7 .__class__ }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ cycler.__init__['__globals__']['os'].popen('id') }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ lipsum.__globals__.__builtins__.eval('1') }}",
    "{{ range.__class__ }}",
    "{{ dict.__base__.__subclasses__() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context.__class__ }}",
    "{{ rubric.__class__.__init__ }}",
    "{{ rubric.model_dump.__func__.__globals__ }}",
    "{{ rubric['__dict__']['name'].__class__ }}",
    "{{ messages.append.__globals__ }}",
    "{{ messages.append(1) }}",
    "{{ messages.__class__.__init__.__globals__ }}",
    "{{ '{0.__class__.__mro__}'.format(messages).x }}",
    "{{ '%s'.__mod__.__self__.__class__ }}",
    "{{ (1 if true else 2).real.__class__.mro() }}",
    "{% for x in ''.__class__.__mro__ %}{{ x }}{% endfor %}",
    "{% set f = cycler.__init__ %}{{ f.__globals__ }}",
    "{% if ''.__class__.__name__ == 'str' %}yes{% endif %}",
    "{{ messages | map(attribute='__class__') | list | first | attr('mro') }}",
    "{{ config.__class__ }}",
    "{{ request.application.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{% import 'os' as os %}{{ os.system('id') }}",
    "{% include '/etc/passwd' %}",
]


def test_there_are_at_least_twenty_forms() -> None:
    assert len(set(FORMS)) == len(FORMS) >= 20


@pytest.mark.parametrize("form", FORMS)
def test_a_template_is_refused_with_its_line(form: str, tmp_path: Path) -> None:
    # Line 1 is the block system, line 2 begins the block user, and the form stands in line 4.
    source = "{% block system %}s{% endblock %}\n{% block user %}\nfirst\n" + form + "\n{% endblock %}"
    (tmp_path / "mine.j2").write_text(source)
    template = PromptTemplate("mine.j2", folder=tmp_path)
    with pytest.raises(UserError, match=r"^the template 'mine\.j2' fails in block user, line 4: ") as caught:
        template.render("user", {"messages": [{"role": "user"}], "rubric": stance_rubric()})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_a_rubric_is_refused_with_its_line(form: str, tmp_path: Path) -> None:
    path = tmp_path / "sample.yaml"
    text = 'judgekit: rubric/1\nname: sample\nversion: "1"\nlevels:\n  2: good\n  1: |\n    bad\n    FORM\n'
    path.write_text(text.replace("FORM", form))  # line 8
    with pytest.raises(UserError, match=r"sample\.yaml:8: levels\[1\]: template syntax") as caught:
        load_rubric(path)
    assert "\n" not in str(caught.value)
    assert [finding.line for finding in lint_rubric(path) if finding.level == "error"] == [8]
