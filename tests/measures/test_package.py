import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import manyi.measures

MODULES = sorted(module.name for module in pkgutil.walk_packages(manyi.measures.__path__, "manyi.measures."))


@pytest.mark.parametrize("name", MODULES)
def test_every_example_in_the_docstrings_runs(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_says_what_it_does_and_shows_an_example(name):
    module = importlib.import_module(name)
    if name.count(".") > 2:
        return  # the inside of a package; what it shows to others is seen below
    for thing, value in vars(module).items():
        if not thing.startswith("_") and inspect.isfunction(value) and value.__module__.startswith(name):
            assert ">>>" in (value.__doc__ or ""), f"{name}.{thing} has no example"


def test_the_package_needs_neither_django_nor_pandas():
    code = "import sys;" + ";".join(f"import {name}" for name in MODULES)
    code += ";print(sorted({'django', 'pandas', 'scipy.stats', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
