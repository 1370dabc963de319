"""Which of a student's classes the judge knows, and what a check may ask of their objects."""

import numpy as np
import pytest

from tests.support.notebooks import judged, verdict
from utils.grading.judge.known_classes import KnownClasses
from utils.grading.protocol.references import Handle


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("ValueError('too small')", "ValueError"),
        ("Mine('too small')", "LookupError"),
        ("np.linalg.LinAlgError('singular')", "np.linalg.LinAlgError"),
        ("KeyError('k')", "KeyError"),
        ("UnicodeDecodeError('utf-8', b'', 0, 1, 'bad')", "ValueError"),
    ],
)
def test_errors_arrive_as_their_type(raised: str, expected: str) -> None:
    code = f"class Mine(LookupError):\n    pass\ndef fail():\n    raise {raised}"
    assert verdict(judged(code, f"import pytest\nwith pytest.raises({expected}):\n    fail()", code)).points == 4


def test_what_the_assignments_own_class_defines_can_be_asked() -> None:
    code = """
class Vector:
    def __init__(self, x):
        self.x = x
    def __sub__(self, other):
        return Vector(self.x - other.x)
    def max(self):
        return self.x
"""
    assert verdict(judged(code, "assert (Vector(3) - Vector(1)).max() == 2", code)).message == ""


def test_estimators_of_a_library_can_be_asked() -> None:
    code = """
from sklearn.cluster import KMeans
def clusters(points):
    return KMeans(2, n_init=1, random_state=0).fit(points)
"""
    tests = """
points = np.array([[0.0], [0.1], [9.0], [9.1]])
found = clusters(points)
assert found.labels_[0] == found.labels_[1] != found.labels_[2]
assert found.predict(points).shape == (4,) and found.transform(points).shape == (4, 2)
"""
    setup = "import numpy as np\nimport sklearn.cluster"
    assert verdict(judged(code, tests, code, setup=setup)).message == ""


class Shape:
    __module__ = "__main__"

    def area(self) -> float:
        return 1.0


def instance(*bases: tuple[str, str]) -> Handle:
    return Handle(1, "instance", bases[0][1], bases)


def test_only_shared_and_imported_classes_are_known() -> None:
    classes = KnownClasses({"Shape": Shape})
    assert classes.base((("__main__", "Shape"),)) is None
    classes.shared.add("Shape")
    assert classes.base((("__main__", "Square"), ("__main__", "Shape"))) is Shape
    assert classes.base((("fractions", "Fraction"),)) is not None
    assert classes.base((("no_such_module", "Fraction"), ("builtins", "object"))) is None


@pytest.mark.parametrize("base", [("builtins", "float"), ("numpy", "ndarray"), ("numpy", "float64")])
def test_an_object_is_never_taken_for_plain_data(base: tuple[str, str]) -> None:
    assert KnownClasses({}).base((base,)) is None
    assert not KnownClasses({}).allows(instance(base), "__eq__")
    assert not KnownClasses({}).allows(instance(base), "sum")


def test_methods_of_plain_data_need_an_interface_of_the_solution() -> None:
    classes = KnownClasses({"Shape": Shape})
    shape = instance(("__main__", "Shape"))
    assert classes.allows(shape, "area")
    assert not classes.allows(shape, "max")
    assert not classes.allows(shape, "__sub__")
    classes.interfaces["Shape"] = {"max", "__sub__"}
    assert classes.allows(shape, "max")
    assert classes.allows(shape, "__sub__")
    assert not classes.allows(shape, "__add__")


def test_exceptions_are_looked_up_in_few_libraries() -> None:
    classes = KnownClasses({})
    assert classes.exception((("__main__", "Mine"), ("builtins", "LookupError"))) is LookupError
    assert classes.exception((("numpy.linalg", "LinAlgError"),)) is np.linalg.LinAlgError
    assert classes.exception((("pytest", "UsageError"), ("builtins", "SystemExit"))) is None
    assert classes.exception((("builtins", "float"), ("builtins", "eval"))) is None


def test_a_students_exception_gets_a_class_of_the_judges_own_once() -> None:
    classes = KnownClasses({})
    handle = Handle(1, "class", "Empty", (("__main__", "Empty"), ("builtins", "IndexError")))
    first = classes.exception_class(handle)
    assert first is not None
    assert issubclass(first, IndexError)
    assert classes.exception_class(handle) is first
    assert classes.exception((("__main__", "Empty"),)) is first
    assert classes.exception_class(Handle(1, "instance", "Empty", handle.bases)) is None
    assert classes.exception_class(Handle(1, "class", "not a name", handle.bases)) is None


@pytest.mark.parametrize(("module", "name"), [("fractions", "Fraction"), ("http.client", "HTTPConnection")])
def test_a_name_does_not_make_a_class_of_a_library(module: str, name: str) -> None:
    setup = f"from {module} import {name}"
    right = f"def build():\n    return {name}('1')"
    tests = f"assert isinstance(build(), {name})"
    claim = f"Fake.__module__, Fake.__name__, Fake.__qualname__ = {module!r}, {name!r}, {name!r}"
    fake = f"class Fake:\n    def method(self):\n        pass\n{claim}\ndef build():\n    return Fake()"
    assert verdict(judged(right, tests, right, setup=setup)).message == ""
    assert not verdict(judged(right, tests, fake, setup=setup)).points


@pytest.mark.parametrize("kind", ["function", "class"])
def test_a_function_differs_from_every_text_and_is_not_asked(kind: str) -> None:
    function = Handle(1, kind, "gradient", (("builtins", "function"),))
    decides = KnownClasses({}).decides
    assert (decides(function, "__eq__", "2-point"), decides(function, "__ne__", None)) == ("default", "default")
    assert decides(function, "__eq__", 3) == "refuse"
    assert decides(instance(("__main__", "Answer")), "__eq__", "text") == "refuse"
    assert decides(function, "__lt__", "text") == "refuse"


def test_an_object_has_every_base_that_the_judge_knows() -> None:
    from sklearn.base import BaseEstimator, RegressorMixin

    bases = [RegressorMixin, BaseEstimator]
    stated = (("__main__", "Mine"), *((base.__module__, base.__qualname__) for base in bases), ("builtins", "object"))
    assert KnownClasses({}).all_bases(stated)[:2] == bases
