"""The app as an ASGI application, for `uvicorn asgi:app` and the like; `make run` starts the same one."""

from pathlib import Path

from landscape_lab.ui.server.application import application

app = application(Path(__file__).with_name("app.py"))
