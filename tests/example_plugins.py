"""The example plugins as modules: they are not installed where the tests run, and each is loaded from its folder."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

EXAMPLES = Path(__file__).parents[1] / "examples"


def example(folder: str, module: str) -> ModuleType:
    """A module of an example, imported as it is where the example is installed."""
    place = str(EXAMPLES / folder)
    if place not in sys.path:
        sys.path.append(place)
    return importlib.import_module(module)
