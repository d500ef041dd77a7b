"""``cleanwire completion``."""

import click
from click.shell_completion import get_completion_class

from cleaning.cli.terminal import print_safe


@click.command(
    epilog="""\b
Examples:
  cleanwire completion bash >> ~/.bashrc
  cleanwire completion fish > ~/.config/fish/completions/cleanwire.fish
"""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete cleanwire's commands and options."""
    root = context.find_root()
    kind = get_completion_class(shell)
    assert kind is not None
    print_safe(kind(root.command, {}, "cleanwire", "_CLEANWIRE_COMPLETE").source())
