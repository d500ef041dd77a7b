"""The packages that only some exports need."""

from importlib import import_module
from typing import Any

from storage.errors import MissingPackage


def import_pyarrow() -> Any:
    """The package pyarrow. Raises `MissingPackage`."""
    return _import_package("pyarrow", "Parquet needs pyarrow: pip install 'cleanwire[parquet]'")


def import_pyarrow_parquet() -> Any:
    """The module ``pyarrow.parquet``. Raises `MissingPackage`."""
    import_pyarrow()
    return import_module("pyarrow.parquet")


def import_pandas() -> Any:
    """The package pandas. Raises `MissingPackage`."""
    return _import_package("pandas", "data frames need pandas: pip install pandas")


def _import_package(name: str, advice: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:  # it is there, and lacks something itself
            raise
        raise MissingPackage(advice) from None
