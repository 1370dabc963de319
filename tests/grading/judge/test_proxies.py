"""Proxies: what a check can do with a student's functions, classes and objects, and what it cannot."""

from typing import Any

import pytest

from tests.support.notebooks import judged, verdict
from utils.grading.judge.proxies import AttributeNotAllowed, NotAllowed, Proxy, number_of
from utils.grading.protocol.references import Handle, Refusal

STACK = """
class Empty(IndexError):
    pass

class Stack:
    "Last in, first out."
    def __init__(self, items=()):
        self.items = list(items)
    def push(self, item):
        self.items.append(item)
        return self
    def pop(self):
        if not self.items:
            raise Empty("nothing there")
        return self.items.pop()
    def __len__(self):
        return len(self.items)
    def __iter__(self):
        return iter(self.items)
    def __getitem__(self, place):
        return self.items[place]
    def __add__(self, other):
        return Stack(self.items + other.items)
    def __contains__(self, item):
        return item in self.items
"""


def test_classes_and_their_instances() -> None:
    tests = """
import pytest
stack = Stack([1, 2])
stack.push(3)
assert len(stack) == 3 and list(stack) == [1, 2, 3] and stack[0] == 1 and 2 in stack and 7 not in stack
assert stack.pop() == 3 and stack.items == [1, 2]
assert (stack + Stack([9])).items == [1, 2, 9]
assert isinstance(stack, Stack) and not isinstance(3, Stack)
assert Stack.__name__ == "Stack" and "first out" in Stack.__doc__
assert hasattr(stack, "push") and not hasattr(stack, "pull")
stack.items = [5]
assert stack.pop() == 5
with pytest.raises(IndexError, match="nothing there"):
    stack.pop()
with pytest.raises(Empty):
    stack.pop()
"""
    assert verdict(judged(STACK, tests, STACK)).message == ""


def test_modules_of_torch() -> None:
    network = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(784, 2)
    def forward(self, images):
        return self.layer(images.flatten(1))
"""
    tests = """
net = Net()
assert isinstance(net, torch.nn.Module) and issubclass(Net, torch.nn.Module)
assert net(torch.zeros(3, 1, 28, 28)).shape == (3, 2)
assert sum(p.numel() for p in net.parameters()) == 784 * 2 + 2
assert torch.equal(net.layer.bias, dict(net.named_parameters())["layer.bias"])
net.eval()
assert net.training is False
"""
    assert verdict(judged(network, tests, network, setup="import torch")).message == ""


def test_generators_are_as_lazy_as_they_were() -> None:
    endless = "def squares():\n    n = 0\n    while True:\n        yield n * n\n        n += 1"
    tests = "import itertools\nassert list(itertools.islice(squares(), 4)) == [0, 1, 4, 9]"
    assert verdict(judged(endless, tests, endless)).message == ""


LIARS = {
    "equal": "class Liar:\n    def __eq__(self, other):\n        return True",
    "close": "class Liar:\n    def __array__(self, *a, **k):\n        return np.array(4.0)\n"
    "    def __rsub__(self, other):\n        return 0.0\n    __sub__ = __rsub__",
    "true": "class Liar:\n    __bool__ = lambda self: True\n    __ne__ = lambda self, other: False",
    "number": "class Liar:\n    def __float__(self):\n        return 4.0\n    __int__ = __index__ = lambda self: 4",
    "class": "class Liar:\n    __class__ = int\n    def __eq__(self, other):\n        return True",
    "float": "class Liar(float):\n    def __eq__(self, other):\n        return True\n"
    "    def __ne__(self, other):\n        return False",
}


@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize(
    "tests",
    [
        "assert f() == 4",
        "assert not f() != 4",
        "np.testing.assert_allclose(f(), 4)",
        "assert float(f()) == 4",
        "assert 4 in [f()]",
    ],
)
@pytest.mark.sample(3)
def test_an_object_does_not_decide_a_check(liar: str, tests: str) -> None:
    graded = judged("def f():\n    return 4", tests, f"{LIARS[liar]}\ndef f():\n    return Liar()")
    assert not verdict(graded).points
    assert verdict(graded).message


AGREEING = """
class Agreeing:
    def allclose(self, other):
        return True
    def __sub__(self, other):
        return 0.0
    __rsub__ = __mod__ = __contains__ = __sub__
"""


@pytest.mark.parametrize(
    "tests", ["assert f().allclose(4)", "assert abs(f() - 4) < 1", "assert f() % 2 == 0", "assert 4 not in f()"]
)
def test_methods_and_operators_of_plain_data_are_not_asked_of_an_object(tests: str) -> None:
    graded = judged("def f():\n    return np.array(4)", tests, f"{AGREEING}\ndef f():\n    return Agreeing()")
    assert not verdict(graded).points
    assert "return plain data" in verdict(graded).message


class Box:
    """An owner that records what it is asked."""

    def __init__(self, answer: object = None, allowed: bool = True, decision: Any = "ask") -> None:
        self.answer = answer
        self.decision = decision
        self.allowed = allowed
        self.requests: list[tuple[object, ...]] = []
        self.released: list[int] = []

    def ask(self, operation: str, *arguments: object) -> Any:
        self.requests.append((operation, *arguments))
        return self.answer

    def allows(self, handle: Handle, name: str) -> bool:
        return self.allowed

    def decides(self, handle: Handle, name: str, operand: object) -> Any:
        return self.decision

    def base(self, bases: tuple[tuple[str, str], ...]) -> type | None:
        return None

    def release(self, number: int) -> None:
        self.released.append(number)


INSTANCE = Handle(5, "instance", "Stack", (("__main__", "Stack"),))


def test_what_is_sent_for_each_use() -> None:
    owner = Box([42])
    proxy: Any = Proxy(owner, INSTANCE)
    _ = proxy.items
    proxy.items = 3
    proxy(1, a=2)
    proxy + 1
    1 - proxy
    proxy[0]
    assert owner.requests == [
        ("get", 5, "items"),
        ("set", 5, "items", 3),
        ("call", 5, (1,), {"a": 2}),
        ("operator", 5, "__add__", (1,)),
        ("operator", 5, "__rsub__", (1,)),
        ("operator", 5, "__getitem__", (0,)),
    ]
    assert next(proxy) == 42
    del proxy
    assert owner.released == [5]


@pytest.mark.parametrize(
    "use",
    [
        lambda proxy: proxy == 1,
        lambda proxy: proxy != 1,
        lambda proxy: proxy < 1,
        lambda proxy: bool(proxy),
        lambda proxy: float(proxy),
        lambda proxy: range(9)[proxy],
        lambda proxy: len(proxy),
        lambda proxy: __import__("numpy").asarray(proxy, float),
        lambda proxy: __import__("pickle").dumps(proxy),
        lambda proxy: proxy.__mro_entries__(()),
    ],
)
def test_a_proxy_never_decides_a_comparison_or_becomes_a_number(use: Any) -> None:
    owner = Box("a lie", decision="refuse")
    with pytest.raises(NotAllowed):
        use(Proxy(owner, INSTANCE))
    assert all(request[0] == "length" for request in owner.requests)


def test_every_use_of_a_value_that_did_not_pass_says_why() -> None:
    owner = Box()
    proxy: Any = Proxy(owner, Refusal("It holds objects."))
    for use in (lambda: proxy.x, lambda: proxy(), lambda: proxy + 1, lambda: proxy == 1, lambda: float(proxy)):
        with pytest.raises(NotAllowed, match="It holds objects"):
            use()
    with pytest.raises(NotAllowed, match="It holds objects"):
        number_of(proxy)
    assert repr(proxy) == "<a value that could not be transferred>"
    assert owner.requests == []


def test_an_attribute_that_is_not_allowed_is_not_there() -> None:
    proxy: Any = Proxy(Box(allowed=False), INSTANCE)
    assert not hasattr(proxy, "allclose")
    with pytest.raises(AttributeNotAllowed, match="return plain data"):
        _ = proxy.allclose
    assert not hasattr(proxy, "__array_interface__")


def test_functions_and_classes_are_what_they_are_taken_for() -> None:
    assert isinstance(Proxy(Box(), Handle(1, "class", "Stack", ())), type)
    assert bool(Proxy(Box(), Handle(1, "function", "f", ())))
    assert callable(Proxy(Box(), Handle(1, "function", "f", ())))


def test_an_answer_of_another_type_than_asked_for_is_no_answer() -> None:
    proxy: Any = Proxy(Box(1), INSTANCE)
    assert str(proxy) == "<Your instance Stack>"
    assert 3 not in proxy
    assert 3 in Proxy(Box(True), INSTANCE)  # type: ignore[operator]


PAIR = """
class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b
    def __sub__(self, other):
        return Pair(self.a - other.a, self.b - other.b)
    def __eq__(self, other):
        return (self.a, self.b) == (other.a, other.b)
    def __mul__(self, factor):
        return Pair(self.a * factor, self.b * factor)
    def __bool__(self):
        return self.a != 0
    def __float__(self):
        return float(self.a)
"""
LYING_PAIR = """
class Pair:
    def __init__(self, *_):
        self.a = self.b = 1
    def __sub__(self, other):
        return 0.0
    def __eq__(self, other):
        return True
    def __mul__(self, other):
        return 0.0
    def __bool__(self):
        return True
    def __float__(self):
        return 2.0
    __rsub__ = __abs__ = lambda self, *_: 0.0
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = None
"""


@pytest.mark.parametrize(
    "tests",
    [
        "assert abs(distance(3, 5) - 2) < 1e-9",
        "assert distance(3, 5) == 2",
        "assert 2 in [distance(3, 5)]",
        "assert distance(3, 5) * 3 == 6",
        "assert not distance(3, 5) * 0",
        "assert float(distance(3, 5)) == 2",
        "assert distance(3, 5)",
        "assert {'d': distance(3, 5)} == {'d': 2}",
        "assert max(distance(3, 5), 1) == 2",
    ],
)
@pytest.mark.sample(3)
def test_a_class_of_the_assignment_does_not_answer_where_a_number_belongs(tests: str) -> None:
    solution = f"{PAIR}\ndef distance(a, b):\n    return abs(a - b)"
    answer = f"{LYING_PAIR}\ndef distance(a, b):\n    return Pair()"
    assert verdict(judged(solution, tests, solution)).message == ""
    assert not verdict(judged(solution, tests, answer)).points


def test_an_object_seen_before_does_not_answer_where_a_number_belongs() -> None:
    solution = f"{PAIR}\ndef distance(a, b):\n    return abs(a - b)"
    answer = f"{LYING_PAIR}\nlast = Pair()\nPair = lambda *_: last\ndef distance(a, b):\n    return last"
    tests = "p = Pair(1, 2)\nassert distance(3, 5) * 3 == 6"
    assert not verdict(judged(solution, tests, answer)).points


@pytest.mark.parametrize("tests", ["assert Pair(1, 2) == 7", "assert Pair(1, 2).a == 1 and Pair(1, 2) < 3"])
def test_a_lying_class_is_not_asked_about_plain_data(tests: str) -> None:
    assert not verdict(judged(PAIR, tests, LYING_PAIR)).points


def test_a_refusal_does_not_name_what_a_hidden_check_uses() -> None:
    tests = "x = np.ones(2)\n### BEGIN HIDDEN TESTS\nassert f(x).tolist() == [1, 1]\n### END HIDDEN TESTS"
    graded = judged("def f(x):\n    return x", tests, "class A:\n    pass\ndef f(x):\n    return A()")
    assert not verdict(graded).points
    assert "tolist" not in verdict(graded).message


GUARD = """
class Guard:
    def __enter__(self):
        return self
    def __exit__(self, *_):
        return %s
"""


@pytest.mark.parametrize("instructor", ["True", "None"])
def test_an_object_swallows_no_failure_of_a_check(instructor: str) -> None:
    tests = "with Guard():\n    assert 1 == 2"
    assert not verdict(judged(GUARD % instructor, tests, GUARD % "True")).points


def test_an_object_swallows_no_error_where_the_instructors_does_not() -> None:
    tests = "with Guard():\n    raise KeyError('a')"
    assert not verdict(judged(GUARD % "None", tests, GUARD % "True")).points
