"""Bounded caches: results about private data are stored with the data and nowhere else."""

import copy
import gc
import weakref
from dataclasses import dataclass, field

from optim_core.caching import PRIVATE_LEAST, PrivateCache, bounded_cache, clear_shared_caches

calls: list[object] = []


@dataclass(frozen=True)
class Own:
    """Private data that compares equal to any other instance with the same number."""

    number: int
    private_cache: PrivateCache = field(default_factory=PrivateCache, compare=False)


@bounded_cache(maxsize=8)
def doubled(thing: object, factor: object = 2) -> list[object]:
    calls.append(thing)
    return [thing, factor]


def test_shared_arguments_share_results():
    assert doubled("a", 2) is doubled("a", 2) is not doubled("b", 2)


def test_equal_private_data_share_no_results():
    mine, yours = Own(1), Own(1)
    calls.clear()
    assert mine == yours and doubled(mine, 3) is doubled(mine, 3)
    assert doubled(yours, 3) is not doubled(mine, 3)
    assert len(calls) == 2 and calls[0] is mine and calls[1] is yours


def test_private_results_are_found_in_any_argument_and_not_in_the_shared_cache():
    size = doubled.shared.cache_info().currsize
    mine = Own(2)
    assert doubled("a", mine) is doubled("a", mine)
    assert doubled.shared.cache_info().currsize == size


def test_private_results_are_freed_with_their_data():
    mine = Own(3)
    gone = weakref.ref(mine), weakref.ref(mine.private_cache)
    calls.clear()
    for factor in range(20):
        doubled(mine, factor)
    calls.clear()
    del mine
    gc.collect()
    assert [each() for each in gone] == [None, None]


def test_private_cache_is_bounded():
    mine = Own(4)
    for factor in range(20):
        doubled(mine, factor)
    calls.clear()
    for factor in range(20 - PRIVATE_LEAST, 20):
        doubled(mine, factor)
    kept = len(calls)
    doubled(mine, 0)
    assert (kept, len(calls)) == (0, 1)


def test_copy_has_no_cached_results():
    mine = Own(5)
    doubled(mine)
    again = copy.deepcopy(mine)
    calls.clear()
    assert again == mine and doubled(again) == doubled(mine)
    assert len(calls) == 1


def test_results_of_user_code_are_not_cached():
    @dataclass(frozen=True)
    class Impure:
        is_pure: bool = False

    size = doubled.shared.cache_info().currsize
    for factor in (Impure(), (1, Impure())):
        assert doubled("a", factor) is not doubled("a", factor)
    assert doubled.shared.cache_info().currsize == size
    assert doubled("a", (1, Impure(True))) is doubled("a", (1, Impure(True)))


def test_clearing_a_package_clears_only_its_own_caches():
    mine = Own(3)
    shared, private = doubled("c"), doubled(mine)
    clear_shared_caches("a_package_that_is_not_there")
    assert doubled("c") is shared
    assert clear_shared_caches(doubled.__module__.partition(".")[0]) >= 1
    assert doubled("c") is not shared
    assert doubled(mine) is private, "clearing the shared caches must not remove private results"
