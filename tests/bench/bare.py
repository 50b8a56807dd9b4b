"""The least that an app can do: a bare Flask 204, as the limit beside which the guard is measured."""

from flask import Flask
from flask.typing import ResponseReturnValue

app = Flask(__name__)


@app.post("/bare")
def bare() -> ResponseReturnValue:
    """Nothing."""
    return "", 204
