"""The least that an app can do, as the limit beside which ours is measured: a 204 of Flask, and one without it."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from flask.typing import ResponseReturnValue

app = Flask(__name__)


@app.post("/bare")
def bare() -> ResponseReturnValue:
    """Nothing."""
    return "", 204


def wsgi(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Nothing, without a framework."""
    start_response("204 No Content", [])
    return []
