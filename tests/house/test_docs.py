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


def test_the_plugin_of_the_how_to_is_the_example_that_runs() -> None:
    shown = re.search(r"```python\n(.*?)```", (ROOT / "docs/how-to/write-a-plugin.md").read_text(), re.DOTALL)
    assert shown is not None
    assert shown[1] == (ROOT / "examples/plugin/kubernel_motd.py").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_docs_exist(page: Path) -> None:
    for command in re.findall(r"^\$ (?:\S*/)?kubernel (\w+)", page.read_text(), re.MULTILINE):
        assert command in COMMANDS


def test_every_command_is_in_the_reference() -> None:
    reference = (ROOT / "docs/reference/cli.md").read_text()
    for command in COMMANDS:
        assert f"## kubernel {command}" in reference
