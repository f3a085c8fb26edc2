"""Why a server fails: rules, each with its cause, grouped by what they are about.

How they are weighed against each other is in core/diagnosis.py.
"""

from trayapp.core.causes import command_line, computer, graphics, hub, memory, model

RULES = (*memory.RULES, *graphics.RULES, *model.RULES, *hub.RULES, *command_line.RULES, *computer.RULES)
"""Every rule. Their order decides only between signs of one rank in one line."""
