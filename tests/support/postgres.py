"""A database on the throwaway PostgreSQL that `scripts/postgres run` starts."""

import os
import subprocess
import uuid
from urllib.parse import urlsplit


class Database:
    """A database of its own, until it is dropped."""

    def __init__(self, server=None, prefix="test"):
        self.server = server or os.environ["DESKLEDGER_TEST_POSTGRES"]
        self.name = f"{prefix}_{uuid.uuid4().hex}"
        self.sql(f'CREATE DATABASE "{self.name}"', server=True)
        self.url = self.at(self.port)

    @property
    def port(self):
        return urlsplit(self.server).port

    def at(self, port):
        """Its URL where the server is reached by another port, such as that of a proxy."""
        parts = urlsplit(self.server)
        user = f"{parts.username}@" if parts.username else ""
        return f"postgres://{user}{parts.hostname}:{port}/{self.name}"

    def sql(self, statement, server=False):
        """What a statement answers, as text without decoration."""
        url = self.server if server else self.url
        command = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--command", statement, url]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def drop(self):
        self.sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', server=True)
