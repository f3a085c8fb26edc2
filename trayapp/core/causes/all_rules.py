"""Every rule, for diagnosis.py. Apart from the vocabulary of causes, which is needed without them."""

from trayapp.core.causes import command_line, computer, graphics, hub, memory, model

RULES = (*memory.RULES, *graphics.RULES, *model.RULES, *hub.RULES, *command_line.RULES, *computer.RULES)
"""Every rule. Their order decides only between signs of one rank in one line."""
