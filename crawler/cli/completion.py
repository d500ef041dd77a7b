"""``cleanwire completion``: tab completion for shells."""

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
    """Print a shell completion script.

    The shell then completes cleanwire's commands and options when you press Tab.
    """
    root = context.find_root()
    kind = get_completion_class(shell)
    # click.Choice admits only shells for which click has a script.
    assert kind is not None
    print_safe(kind(root.command, {}, "cleanwire", "_CLEANWIRE_COMPLETE").source())
