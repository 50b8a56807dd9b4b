"""The edge: routes, commands and jobs. Each is three lines: parse, ONE service call, answer. It owns the transaction.

Never in here: what the business does.
"""
