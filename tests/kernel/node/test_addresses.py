"""Each pod has an address of its own for as long as it lives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubernel.node.addresses import AddressPool
from kubernel.ports.runtime import RuntimeFault


def pool(cidr: str = "127.64.1.0/29") -> AddressPool:
    made = AddressPool()
    made.set_range(cidr)
    return made


def test_without_a_range_there_is_nothing_to_give() -> None:
    empty = AddressPool()
    assert not empty.ready
    with pytest.raises(RuntimeFault, match="no range"):
        empty.take("a")


def test_the_first_and_the_last_address_are_never_given_and_a_full_range_says_so() -> None:
    addresses = pool()
    given = [addresses.take(f"pod-{n}") for n in range(6)]
    assert given == [f"127.64.1.{n}" for n in range(1, 7)]
    with pytest.raises(RuntimeFault, match=r"every address of 127\.64\.1\.0/29 is taken"):
        addresses.take("one-more")


def test_an_address_that_runs_already_is_kept_for_its_pod() -> None:
    addresses = pool()
    addresses.reserve("127.64.1.1", "old")
    assert addresses.take("new") == "127.64.1.2"
    assert addresses.take("old") == "127.64.1.1"


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans()), max_size=60))
def test_no_two_pods_ever_share_an_address(steps: list[tuple[str, bool]]) -> None:
    addresses, held = pool("127.64.2.0/28"), dict[str, str]()
    for uid, take in steps:
        if take:
            address = addresses.take(uid)
            assert held.get(uid, address) == address
            assert address not in [other for owner, other in held.items() if owner != uid]
            held[uid] = address
        else:
            addresses.release(uid)
            held.pop(uid, None)
