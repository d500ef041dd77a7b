"""Prints what an erasure has removed, and what it has left to the user."""

from typing import TYPE_CHECKING

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import to_one_line

if TYPE_CHECKING:
    from storage import ErasureReport


def print_erasure(erased: "ErasureReport") -> None:
    """Print the result of an erasure on standard error."""
    print_safe(
        f"{erased.articles:,} articles and {erased.pages:,} archived pages erased; "
        f"{erased.addresses:,} URLs will not be fetched again",
        err=True,
    )
    # Copies that Cleanwire does not manage, such as backups: only the user can delete them.
    for remaining in erased.left:
        print_safe(f"Still to do: {to_one_line(remaining)}", err=True)
