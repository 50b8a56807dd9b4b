"""What the business does. Functions that take a session, `now` and clients as arguments.

Never in here: Flask, the environment, a commit.
"""
