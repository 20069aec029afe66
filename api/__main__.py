"""`python -m api`."""

from api.cli import start

start()
