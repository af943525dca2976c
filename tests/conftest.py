"""What holds for every test: a home of the run's own, so that nothing is read or left in the home of whoever runs it; no haste.

Clusters remember their slots below `$XDG_STATE_HOME`, kubectl caches below `$HOME`, and what is given no kubeconfig means the
user's. Tests that run beside each other (pytest-xdist) share this one home, as the clusters of one user do, so that none takes
the slot of another's cluster that is down for a moment.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the host is, never whether the example holds.
settings.register_profile("kubernel", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ)
settings.load_profile("kubernel")


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point what programs know of the user's home to a directory of this run, for this process and those it starts."""
    base = tmp_path_factory.getbasetemp()
    directory = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "home"
    directory.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HOME", str(directory))
        environment.setenv("XDG_CACHE_HOME", str(directory / ".cache"))
        environment.setenv("XDG_CONFIG_HOME", str(directory / ".config"))
        environment.setenv("XDG_DATA_HOME", str(directory / ".local/share"))
        environment.setenv("XDG_STATE_HOME", str(directory / ".local/state"))
        environment.delenv("KUBECONFIG", raising=False)
        yield
