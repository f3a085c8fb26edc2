"""Why a server fails: rules, each with its cause, grouped by what they are about; all_rules.py has all of them.

How they are weighed against each other is in core/diagnosis.py.
"""
