"""Packages that only some exports need, imported when they are needed."""

from importlib import import_module
from typing import Any

from storage.errors import MissingPackage


def import_pyarrow() -> Any:
    """Return the package pyarrow, or raise `MissingPackage` with the command that installs it."""
    return _import_package("pyarrow", "Parquet needs pyarrow: pip install 'cleanwire[parquet]'")


def import_pyarrow_parquet() -> Any:
    """Return the module ``pyarrow.parquet``, or raise `MissingPackage` with the command that installs it."""
    import_pyarrow()
    return import_module("pyarrow.parquet")


def import_pandas() -> Any:
    """Return the package pandas, or raise `MissingPackage` with the command that installs it.

    It is imported late because that takes more than a second.
    """
    return _import_package("pandas", "data frames need pandas: pip install pandas")


def _import_package(name: str, advice: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        # The package is installed, but a package that it needs is not: another advice would be wrong.
        if error.name != name:
            raise
        raise MissingPackage(advice) from None
