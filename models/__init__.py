"""Tables, and rules about one row.

Never in here: Flask, HTTP, the environment, a commit. Imports nothing of ours but its own neighbours.
"""
