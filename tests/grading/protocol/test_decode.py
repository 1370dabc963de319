"""Bytes of any origin: plain data, or an error that says so."""

import contextlib

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.plain_data import extension, refuse, stays
from utils.grading.protocol.decode import decode
from utils.grading.protocol.encode import encode
from utils.grading.protocol.references import Handle, Refusal
from utils.grading.protocol.types import NotPlainData

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.complex_numbers(allow_nan=False)
    | st.text(alphabet=st.characters()) | st.binary(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)  # fmt: skip


@given(PLAIN)
@settings(deadline=None)
def test_plain_data_arrives_as_it_was(value: object) -> None:
    arrived = decode(encode(value, stays), refuse)
    assert arrived == value
    assert type(arrived) is type(value)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_bytes_of_any_origin_give_data_or_an_error(data: bytes) -> None:
    with contextlib.suppress(NotPlainData):
        decode(data, lambda what: what)


def test_extensions_nested_without_end_are_an_error() -> None:
    data = msgpack.packb(None)
    for _ in range(2000):
        data = msgpack.packb(msgpack.ExtType(3, data))
    with pytest.raises(NotPlainData):
        decode(data, refuse)


def test_members_that_cannot_be_told_apart_are_an_error() -> None:
    colliding = [msgpack.ExtType(1, ((2**61 - 1) * k).to_bytes(12, "little", signed=True)) for k in range(1, 5000)]
    with pytest.raises(NotPlainData, match="equal hash values"):
        decode(extension(4, colliding), refuse)
    with pytest.raises(NotPlainData, match="equal hash values"):
        decode(msgpack.packb(dict.fromkeys(colliding)), refuse)


def test_a_handle_and_a_refusal_are_adopted_where_they_stand() -> None:
    handle = Handle(3, "function", "f", (("builtins", "object"),))
    adopted: list[object] = []

    def adopt(sent: object) -> str:
        adopted.append(sent)
        return "adopted"

    assert decode(encode([len, {"a": 2**600_000}], lambda value: handle), adopt) == ["adopted", {"a": "adopted"}]
    assert adopted[0] == handle
    assert isinstance(adopted[1], Refusal)


@pytest.mark.parametrize(
    "content",
    [
        [1.0, "instance", "Box", []],
        [True, "instance", "Box", []],
        [1, b"instance", "Box", []],
        [1, "instance", "Box", [["builtins"]]],
        [1, "instance", "Box", "ab"],
        [1, "instance", "Box", [], True],
        [1, "instance", "Box"],
        7,
    ],
)
def test_forged_handles_are_errors(content: object) -> None:
    with pytest.raises(NotPlainData):
        decode(extension(11, content), lambda sent: sent)


def test_a_refusal_is_a_short_text() -> None:
    assert decode(extension(14, "a" * 10_000), lambda sent: sent) == Refusal("a" * 500)
    with pytest.raises(NotPlainData):
        decode(extension(14, ["a"]), lambda sent: sent)


@pytest.mark.parametrize("number", [0, 99, 127])
def test_a_number_that_no_type_has_is_an_error(number: int) -> None:
    with pytest.raises(NotPlainData, match="unknown kind"):
        decode(extension(number, []), refuse)


def test_an_announced_size_takes_no_room() -> None:
    for data in (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"):
        with pytest.raises(NotPlainData):
            decode(data, refuse)
