"""Frozen dataclasses: what the standard library's do, every one of qspec's does."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, astuple, dataclass, field, fields, is_dataclass, replace
from typing import Any, ClassVar

import pytest

from qspec.frozen import frozen


def classes(make: Any) -> dict[str, Any]:
    """The same classes, made by one or the other."""
    decorate = make()

    @decorate
    class Plain:
        """Fields of each kind."""

        word: ClassVar[str] = "plain"

        number: int
        names: tuple[str, ...] = ()
        found: dict[str, Any] = field(default_factory=dict)
        hidden: list[int] = field(default_factory=list, init=False, repr=False, compare=False)
        count: int = field(default=0, init=False)
        later: int = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "later", self.number + 1)

        @property
        def twice(self) -> int:
            return 2 * self.number

    @decorate
    class Bare:
        """No field at all."""

    @decorate
    class One:
        """A single field."""

        value: Any = None

    @decorate
    class Own:
        """Words of its own."""

        value: int

        def __repr__(self) -> str:
            return f"own {self.value}"

    @decorate
    class Link:
        """A field that may lead back to itself."""

        others: list[Any]

    @make(kw_only=False)
    class Placed:
        """Fields that may be told by their places."""

        first: int
        second: int = 2

    @make(kw_only=False)
    class Heir(Placed):
        """Fields of its own behind those of another class."""

        third: list[int] = field(default_factory=list)
        fourth: int = field(default=4, kw_only=True)

    @make(eq=False)
    class Single:
        """What is equal to itself alone."""

        value: int

    return {cls.__name__: cls for cls in (Plain, Bare, One, Own, Link, Placed, Heir, Single)}


def standard(*, kw_only: bool = True, eq: bool = True) -> Any:
    return dataclass(frozen=True, slots=True, kw_only=kw_only, eq=eq)


STANDARD = classes(standard)
OURS = classes(frozen)


@frozen
class Kept:
    """One that pickle finds."""

    number: int
    found: dict[str, Any] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list, init=False)


def both(cls: str, **given: Any) -> tuple[Any, Any]:
    return STANDARD[cls](**given), OURS[cls](**given)


@pytest.mark.parametrize("given", [{"number": 1}, {"number": 2, "names": ("a",), "found": {"b": [1]}}])
def test_fields_defaults_and_words_are_those_of_the_standard_library(given):
    theirs, ours = both("Plain", **given)
    assert asdict(ours) == asdict(theirs)
    assert [(item.name, item.init, item.kw_only) for item in fields(ours)] == [
        (item.name, item.init, item.kw_only) for item in fields(theirs)
    ]
    assert repr(ours) == repr(theirs)
    assert (ours.twice, ours.word, ours.later) == (theirs.twice, "plain", given["number"] + 1)
    assert type(ours).__slots__ == type(theirs).__slots__
    assert not hasattr(ours, "__dict__")
    assert is_dataclass(ours)


def test_each_instance_has_containers_of_its_own():
    first, second = (OURS["Plain"](number=1) for _ in range(2))
    assert first.found is not second.found
    assert first.hidden is not second.hidden


@pytest.mark.parametrize(
    ("cls", "given"),
    [
        ("Plain", {}),
        ("Plain", {"number": 1, "other": 2}),
        ("Plain", {"number": 1, "count": 2}),
        ("Bare", {"number": 1}),
    ],
)
def test_missing_and_unknown_keys_are_refused_in_the_same_words(cls, given):
    said = []
    for made in (STANDARD[cls], OURS[cls], OURS[cls]):
        with pytest.raises(TypeError) as refused:
            made(**given)
        said.append(str(refused.value))
    assert said[0] == said[1] == said[2]


def test_nothing_is_taken_by_its_place():
    for _ in range(2):
        with pytest.raises(TypeError, match="takes 1 positional argument but 2"):
            OURS["Plain"](1)


def test_places_are_those_of_the_standard_library():
    for made in (STANDARD["Heir"], OURS["Heir"], OURS["Heir"]):
        assert astuple(made(1, third=[3])) == (1, 2, [3], 4)
        assert astuple(made(5, 6, [7], fourth=8)) == (5, 6, [7], 8)
        assert made.__match_args__ == ("first", "second", "third")
        with pytest.raises(TypeError, match="takes from 2 to 4 positional arguments but 5"):
            made(1, 2, [], 4)
    assert OURS["Heir"](1) != OURS["Placed"](1) == OURS["Placed"](first=1)


def test_without_comparison_an_instance_is_equal_to_itself_alone():
    for made in (STANDARD["Single"], OURS["Single"]):
        first, second = made(value=1), made(value=1)
        assert first == first  # noqa: PLR0124  that is what is asked
        assert first != second
        assert len({first, second}) == 2


@pytest.mark.parametrize("name", ["number", "later", "word", "new"])
def test_nothing_can_be_set_or_deleted(name):
    for made in both("Plain", number=1):
        with pytest.raises((FrozenInstanceError, TypeError)):
            setattr(made, name, 2)
        with pytest.raises((FrozenInstanceError, TypeError)):
            delattr(made, name)
    assert OURS["Plain"](number=1).number == 1


@pytest.mark.parametrize("cls", ["Plain", "One"])
def test_equal_is_what_has_equal_fields_and_the_same_class(cls):
    name = fields(OURS[cls])[0].name
    nan = float("nan")
    values = [1, 2, 1.0, nan, float("nan"), "1"] if cls == "One" else [1, 2, 1.0]
    theirs, ours = ([made[cls](**{name: value}) for value in values] for made in (STANDARD, OURS))
    assert [[a == b for a in ours] for b in ours] == [[a == b for a in theirs] for b in theirs]
    assert ours[0] != theirs[0]
    assert OURS["Bare"]() == OURS["Bare"]() != OURS["One"]()


def test_what_is_not_compared_makes_no_difference():
    first, second = (OURS["Plain"](number=1) for _ in range(2))
    first.hidden.append(1)
    assert first == second


def test_equal_instances_have_one_hash_where_their_fields_have():
    assert len({OURS["One"](value=(1, 2)), OURS["One"](value=(1, 2)), OURS["One"](value=3)}) == 2
    assert hash(OURS["Bare"]()) == hash(OURS["Bare"]())
    for made in both("Plain", number=1):
        with pytest.raises(TypeError, match="unhashable"):
            hash(made)


def test_own_methods_stay():
    assert [repr(made) for made in both("Own", value=1)] == ["own 1", "own 1"]


def test_words_end_where_they_lead_back():
    said = []
    for made in (STANDARD["Link"](others=[]), OURS["Link"](others=[])):
        made.others.append(made)
        said.append(repr(made))
    assert said[0] == said[1]
    assert said[0].endswith("Link(others=[...])")


def test_a_replaced_field_leaves_the_others():
    first = OURS["Plain"](number=1, names=("a",))
    second = replace(first, number=5)
    assert (second.number, second.names, second.later, first.number) == (5, ("a",), 6, 1)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))])
def test_a_copy_is_equal_and_as_frozen(way):
    first = Kept(number=1, found={"a": [1]})
    second = way(first)
    assert second == first
    assert second.hidden == []
    with pytest.raises(FrozenInstanceError):
        second.number = 2


def test_a_field_can_be_left_out_of_the_hash_alone():
    @frozen
    class Pair:
        name: str
        values: list[int] = field(hash=False)

    assert hash(Pair(name="a", values=[1])) == hash(Pair(name="a", values=[2]))
    assert Pair(name="a", values=[1]) != Pair(name="a", values=[2])
