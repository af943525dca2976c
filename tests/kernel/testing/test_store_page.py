"""The reference page of the store port shows what is there: the test that runs, the capabilities, the methods."""

import dataclasses
import re
from pathlib import Path

from kubernel.ports.store import Store, StoreCapabilities

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/reference/store-port.md").read_text()


def test_the_sample_is_the_test_that_runs() -> None:
    shown = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    assert shown[1] == Path(__file__).with_name("test_memory_store_contract.py").read_text()


def test_every_capability_is_explained() -> None:
    for field in dataclasses.fields(StoreCapabilities):
        assert f"| `{field.name}` |" in PAGE


def test_every_method_is_explained() -> None:
    for name in vars(Store):
        if not name.startswith("_") and name != "capabilities":
            assert f"- `{name}(" in PAGE
