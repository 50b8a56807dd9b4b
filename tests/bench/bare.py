"""The least that an app can do: a bare 204, by Flask and by nothing at all, as limits beside which ours is measured."""

from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue

app = Flask(__name__)


@app.post("/bare")
def bare() -> ResponseReturnValue:
    """Nothing."""
    return "", 204


def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Nothing, without Flask: the body is read, as whoever checks a signature must."""
    environ["wsgi.input"].read()
    start_response("204 No Content", [])
    return ()
