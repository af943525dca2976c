"""What the docs show is what is there: links lead somewhere, examples are the ones that run, commands exist."""

import re
from pathlib import Path

import pytest

from kubernel.cli import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{target} is not there"


def modules(page: Path) -> list[str]:
    """The whole modules that a page shows: samples that begin with a docstring."""
    return re.findall(r'^```python\n(""".*?)^```$', page.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", [page for page in PAGES if modules(page)], ids=lambda page: str(page.relative_to(ROOT)))
def test_a_module_that_the_docs_show_is_one_that_runs(page: Path) -> None:
    run = {path.read_text() for tree in ("examples", "tests") for path in (ROOT / tree).glob("**/*.py")}
    for shown in modules(page):
        assert shown in run, f"no example or test is {shown.splitlines()[0]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_docs_exist(page: Path) -> None:
    for command in re.findall(r"^\$ (?:\S*/)?kubernel (\w+)", page.read_text(), re.MULTILINE):
        assert command in COMMANDS


def test_every_command_is_in_the_reference() -> None:
    reference = (ROOT / "docs/reference/cli.md").read_text()
    for command in COMMANDS:
        assert f"## kubernel {command}" in reference
