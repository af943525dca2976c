"""Options that several commands share, each defined once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kubernel.assembly.settings import Settings, check_name, default_data_directory, load_sections, parse_listen

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

name = click.option("--name", default="default", show_default=True, metavar="NAME", help="The cluster's name.")
data_dir = click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Where the cluster keeps its state."
)
config = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="A YAML file with settings of components."
)
listen = click.option("--listen", metavar="HOST:PORT", default="", help="Where the API answers.  [default: 127.0.0.1:6443]")
store = click.option("--store", metavar="URL", default="", help="Where the state lives.  [default: sqlite in the data directory]")
runtime = click.option("--runtime", metavar="NAME", default="", help="What runs the pods.  [default: process]")
proxy = click.option("--proxy", metavar="NAME", default="", help="What makes services answer.  [default: userspace]")
kubeconfig_in = click.option(
    "--kubeconfig", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="How to reach the API server."
)
leave_pods = click.option("--leave-pods", is_flag=True, help="Leave the pods' processes running at the end.")


def apply(*options: Decorator) -> Decorator:
    """Several options as one decorator, in the order in which help lists them."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def directory_of(name: str, data_dir: Path | None) -> Path:
    """The data directory that `--name` and `--data-dir` mean."""
    return data_dir or default_data_directory(check_name(name))


def settings_of(
    *,
    name: str = "default",
    data_dir: Path | None = None,
    config: Path | None = None,
    listen: str = "",
    store: str = "",
    runtime: str = "",
    proxy: str = "",
    nodes: int = 1,
) -> Settings:
    """The settings from options and the configuration file; what is said on the command line wins."""
    sections = load_sections(config) if config else {}

    def chosen(option: str, section: str, key: str, default: str) -> str:
        return option or str(sections.get(section, {}).get(key) or default)

    address = chosen(listen, "server", "listen", "")
    host, port = parse_listen(address) if address else ("127.0.0.1", None)
    return Settings(
        name=check_name(name),
        data_directory=directory_of(name, data_dir),
        host=host,
        port=port,
        store=chosen(store, "server", "store", ""),
        runtime=chosen(runtime, "runtime", "name", "process"),
        proxy=chosen(proxy, "proxy", "name", "userspace"),
        scheduler=chosen("", "scheduler", "name", "default"),
        nodes=nodes,
        block=tuple(sections.get("plugins", {}).get("block") or ()),
        sections=sections,
    )
