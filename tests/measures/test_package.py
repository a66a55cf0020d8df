import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import manyi.measures

MODULES = sorted(module.name for module in pkgutil.iter_modules(manyi.measures.__path__, "manyi.measures."))


@pytest.mark.parametrize("name", MODULES)
def test_every_example_in_the_docstrings_runs(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_says_what_it_does_and_shows_an_example(name):
    module = importlib.import_module(name)
    for thing, value in vars(module).items():
        if not thing.startswith("_") and inspect.isfunction(value) and value.__module__ == name:
            assert ">>>" in (value.__doc__ or ""), f"{name}.{thing} has no example"


def test_the_package_needs_neither_django_nor_pandas():
    code = "import sys;" + ";".join(f"import {name}" for name in MODULES)
    code += ";print(sorted({'django', 'pandas', 'scipy.stats', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
