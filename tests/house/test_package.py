"""What the sources need beside their modules is named in pyproject.toml, so that a wheel has it too."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
PACKAGES = sorted(
    init.parent for source in SETUPTOOLS["packages"]["find"]["where"] for init in (ROOT / source).glob("*/__init__.py")
)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_file_of_a_package_gets_into_the_wheel(package: Path) -> None:
    patterns = SETUPTOOLS["package-data"]["*"]
    files = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    left = [
        str(path.relative_to(ROOT)) for path in files if path.suffix != ".py" and not any(fnmatch(path.name, p) for p in patterns)
    ]
    assert left == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_folder_with_modules_is_a_package(package: Path) -> None:
    folders = {path.parent for path in package.rglob("*.py")}
    assert [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_package_says_that_it_is_typed(package: Path) -> None:
    assert (package / "py.typed").exists()
