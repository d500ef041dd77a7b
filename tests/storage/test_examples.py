"""The examples in the docstrings of the package."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import storage

MODULES = [name for _, name, _ in pkgutil.iter_modules(storage.__path__, "storage.")]


@pytest.mark.parametrize("module", MODULES)
def test_examples(module):
    failed, _ = doctest.testmod(import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


def test_all_that_is_promised_is_there():
    assert [name for name in storage.__all__ if not hasattr(storage, name)] == []
    with pytest.raises(AttributeError, match="no attribute 'Corpse'"):
        storage.Corpse  # noqa: B018
