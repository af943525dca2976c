"""Rows, columns and journals."""

import gc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kubernel.types.selectors import Requirement
from kubernel_scheduler.labels import LabelIndex
from kubernel_scheduler.node_table import _JOURNAL, Journal, NodeTable


def test_columns_grow_with_the_table_and_keep_what_they_hold() -> None:
    table = NodeTable()
    column = table.column(np.int64, 7)
    for index in range(200):
        row = table.add(f"n{index}")
        column.data[row] = index
    assert column.data[:200].tolist() == list(range(200))
    assert set(column.data[200:].tolist()) <= {7}


def test_a_column_goes_with_its_owner() -> None:
    table = NodeTable()
    before = len(table._columns)
    column = table.column(np.int64)
    assert len(table._columns) == before + 1
    del column
    gc.collect()
    assert len(table._columns) == before


def test_a_free_row_is_given_to_the_next_node() -> None:
    table = NodeTable()
    table.add("a")
    row = table.add("b")
    table.remove("b")
    assert table.add("c") == row
    assert table.names == ["a", "c"]
    assert len(table) == 2


def test_a_journal_tells_each_changed_row_once_or_that_there_were_too_many() -> None:
    journal = Journal()
    for row in (1, 2, 1, 3):
        journal.add(row)
    assert journal.since(0, 10) == [1, 2, 3]
    assert journal.since(3, 10) == [3]
    assert journal.since(4, 10) == []
    assert journal.since(0, 3) is None
    assert journal.since(-1, 10) is None


def test_a_journal_forgets_and_says_so() -> None:
    journal = Journal()
    for row in range(_JOURNAL + 1):
        journal.add(row)
    assert journal.position == _JOURNAL + 1
    assert journal.since(0, _JOURNAL * 2) is None
    assert journal.since(_JOURNAL, 10) == [_JOURNAL]


labels = st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["x", "y", "3", "10", "-2"]), max_size=2)
requirement = st.builds(
    Requirement,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
    st.frozensets(st.sampled_from(["x", "y", "3", "z"]), max_size=3),
) | st.builds(
    Requirement,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["Gt", "Lt"]),
    st.sampled_from(["3", "0", "5"]).map(lambda value: frozenset((value,))),
)


@given(changes=st.lists(st.tuples(st.integers(0, 4), labels), min_size=1, max_size=20), asked=st.lists(requirement, max_size=5))
def test_the_index_of_labels_answers_as_the_selector_does(
    changes: list[tuple[int, dict[str, str]]], asked: list[Requirement]
) -> None:
    table = NodeTable()
    index = LabelIndex(table)
    present: dict[int, dict[str, str]] = {}
    for number, new in changes:
        row = table.add(str(number))
        index.set(row, present.get(row, {}), new)
        present[row] = new
    for wanted in asked:
        expected = [wanted.matches(present[row]) for row in range(table.size)]
        assert index.holds(wanted, table.everything).tolist() == expected
        assert index.holds(wanted, np.arange(table.size)).tolist() == expected
