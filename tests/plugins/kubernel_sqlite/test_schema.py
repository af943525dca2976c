"""The small laws under the tables: ranges of keys, sequences, forms of statements."""

from hypothesis import given
from hypothesis import strategies as st

from kubernel_sqlite import schema

TEXT = st.text(st.characters(codec="utf-8"), max_size=5)


@given(prefix=TEXT, rest=TEXT)
def test_what_begins_with_a_prefix_lies_before_its_end(prefix: str, rest: str) -> None:
    end = schema.end_of(prefix)
    assert end is None or prefix + rest < end


@given(prefix=TEXT, other=TEXT)
def test_what_lies_between_a_prefix_and_its_end_begins_with_it(prefix: str, other: str) -> None:
    end = schema.end_of(prefix)
    if prefix <= other and (end is None or other < end):
        assert other.startswith(prefix) or (end is None and set(prefix) <= {"\U0010ffff"})
    if end is not None:
        assert end.encode().decode() == end


@given(revision=st.integers(0, 1 << 47), place=st.integers(0, schema.POSITIONS - 1))
def test_a_sequence_holds_its_revision(revision: int, place: int) -> None:
    sequence = schema.first_sequence(revision) + place
    assert schema.revision_of(sequence) == revision
    assert sequence < schema.first_sequence(revision + 1)


def test_statements_come_in_few_sizes() -> None:
    sizes = {schema.padded(count) for count in range(1, schema.CHUNK + 1)}
    assert sizes == {1, 2, 4, 8, 16, 32, 64}
