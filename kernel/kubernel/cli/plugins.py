"""`kubernel plugins`: what is installed, what it brings, and what is wrong with it."""

import sys
from pathlib import Path

import click

from kubernel.assembly.settings import load_sections
from kubernel.cli import options
from kubernel.hooks.discovery import load_plugins

HEADER = ("NAME", "VERSION", "STATE", "HOOKS", "REASON")


@click.command("plugins")
@options.config
def command(config: Path | None) -> None:
    """List every plugin with its version, the hooks that it implements, its state, and the reason when it is not active.

    The exit code is 1 when a plugin is broken.
    """
    blocked = (load_sections(config) if config else {}).get("plugins", {}).get("block") or ()
    reports = load_plugins(block=blocked).reports
    rows = [HEADER]
    for report in reports:
        hooks = ",".join(hook.removeprefix("kubernel_") for hook in report.hooks) or "-"
        rows.append((report.name, report.version or "-", report.state, hooks, report.reason))
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("   ".join([*cells, row[-1]]).rstrip())
    if any(report.state == "broken" for report in reports):
        sys.exit(1)
