"""Every hook is documented with its exact signature, and used by a plugin that ships or an example that runs."""

import inspect
import re
from pathlib import Path

import pytest

from kubernel.hooks import specs

ROOT = Path(__file__).parents[2]
HOOKS = sorted(name for name in vars(specs) if name.startswith("kubernel_"))


def declaration(name: str) -> str:
    """A spec's `def` line or lines, as they stand in the source."""
    source = inspect.getsource(getattr(specs, name))
    found = re.search(r"^(def \w+\(.*?\) -> .*?):$", source, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", HOOKS)
def test_the_reference_has_the_exact_signature(name: str) -> None:
    assert f"```python\n{declaration(name)}\n```" in (ROOT / "docs/reference/hooks.md").read_text()


@pytest.mark.parametrize("name", HOOKS)
def test_the_docstring_has_every_part(name: str) -> None:
    text = inspect.getdoc(getattr(specs, name)) or ""
    for part in ("Result: ", ":param ", ":raises ", "Called on ", "Since "):
        assert part in text
    for parameter in inspect.signature(getattr(specs, name)).parameters:
        assert f":param {parameter}: " in text


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_ships_with_a_user(name: str) -> None:
    places = [*ROOT.glob("plugins/*/__init__.py"), *ROOT.glob("providers/*/__init__.py"), *ROOT.glob("examples/**/*.py")]
    assert any(f"def {name}(" in place.read_text() for place in places)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_test(name: str) -> None:
    tests = [path for path in ROOT.glob("tests/**/test_*.py") if path.name != "test_hooks.py" or path.parent.name != "house"]
    assert any(name in path.read_text() for path in tests)
