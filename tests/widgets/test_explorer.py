"""The common base of the interactive figures, and what all six have in common."""

import base64
import re

import pytest
from matplotlib.figure import Figure

from utils import widgets
from utils.widgets.explorer import Explorer, button, cached, figure_image, png_image, row
from utils.widgets.page import PageWidget

OLD = [name for name in widgets.__all__ if not issubclass(getattr(widgets, name), PageWidget)]


class Doubler(Explorer):
    """A figure that computes nothing to speak of."""

    css_class = "doubler"
    css = "& td { color: red; }"

    def __init__(self):
        super().__init__()
        self.calls = []
        self._evaluate = cached(self._double)
        self._lay_out(row(button("Double", lambda: self._attempt(lambda: self._evaluate(2)))), self._message)

    def _double(self, value):
        if value < 0:
            raise ValueError(f"{value} < 0: give a positive number.")
        self.calls.append(value)
        return 2 * value


def test_the_style_sheet_applies_to_the_figure_only():
    figure = Doubler()
    assert figure._dom_classes == ("doubler",)
    rules = figure.children[0].value
    assert "&" not in rules
    assert rules.endswith(".doubler td { color: red; }</style>")
    for selector in re.findall(r"^([^\s}].*?) \{", rules.removeprefix("<style>").strip(), flags=re.MULTILINE):
        assert selector.startswith(".doubler "), selector


def test_the_focus_is_outlined_on_every_kind_of_control():
    (rule,) = re.findall(r".*:focus-visible.*", Doubler().children[0].value)
    for control in (".noUi-handle", "button", "input", ".widget-readout"):
        assert control in rule
    assert "outline: 3px solid" in rule


def test_an_error_becomes_the_message_and_the_next_message_replaces_it():
    figure = Doubler()
    assert not figure._attempt(lambda: figure._evaluate(-1))
    assert figure._message.value == '<p role="alert"><b>-1 &lt; 0: give a positive number.</b></p>'
    assert figure._attempt(lambda: figure._evaluate(1))
    figure._say("a < b")
    assert figure._message.value == "<p>a &lt; b</p>"


def test_an_error_of_another_kind_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        Doubler()._attempt(lambda: 1 / 0)


def test_an_earlier_position_is_not_computed_again():
    figure = Doubler()
    figure.children[1].children[0].click()
    figure.children[1].children[0].click()
    assert figure._evaluate(2) == 4
    assert figure.calls == [2]
    assert Doubler().calls == []


def test_an_image_carries_its_alternative_text():
    markup = figure_image(Figure(figsize=(1, 1)), 'a "b" < c')
    assert 'alt="a &quot;b&quot; &lt; c"' in markup
    assert base64.b64decode(re.search('base64,([^"]*)"', markup)[1]).startswith(b"\x89PNG")
    assert base64.b64encode(b"bytes").decode() in png_image(b"bytes", "")


@pytest.mark.parametrize("name", OLD)
def test_every_figure_derives_from_the_base_and_is_built_in_the_same_way(name):
    explorer = getattr(widgets, name)
    assert issubclass(explorer, Explorer)
    assert callable(explorer.from_shipped)
    assert not [other for other in vars(explorer) if other.startswith("from_") and other != "from_shipped"]


def test_each_figure_has_a_class_of_its_own():
    classes = {getattr(widgets, name).css_class for name in OLD}
    assert len(classes) == len(OLD)
