"""The app as an ASGI application, for ASGI servers such as `uvicorn asgi:app`; `make run` starts the same one."""

from pathlib import Path

from landscape_lab.ui.server.application import application

app = application(Path(__file__).with_name("app.py"))
