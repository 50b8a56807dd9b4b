"""Protocols of Atlassian: tokens, signatures, HTTP clients.

Never in here: our tables, our rules, our settings, Flask. Whatever a function needs comes in as an argument.
"""
