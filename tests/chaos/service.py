"""The real program with some projects, over a database whose processes can be stopped."""

import os
import tempfile

from support import postgres, program
from support.program import MARK, token_settings

PROJECTS = [f"p{number}" for number in range(1, 9)]

SETTINGS = """
[server]
listen = "127.0.0.1:0"
shutdown_seconds = {shutdown_seconds}
{server}

[logging]
level = "warn,deskledger=info,deskledger_api=info,actix_server=off,actix_http=off"

[tasks]
storage = "{folder}/exports"
poll_seconds = 1

{more}
"""


def token(project):
    """The token of a project."""
    return f"{MARK}-token-of-{project}"


class Database(postgres.Database):
    """A database of its own on a throwaway PostgreSQL, with the processes of that."""

    def __init__(self, server=None):
        super().__init__(server, "chaos")

    def processes(self):
        """All processes of the server, the first of them first."""
        parents = {}
        found = None
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/cmdline", encoding="utf-8", errors="replace") as file:
                    arguments = file.read().split("\0")
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    parents[int(entry)] = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if arguments[0].endswith("postgres") and f"-p {self.port}" in " ".join(arguments):
                found = int(entry)
        if found is None:
            raise RuntimeError("the processes of the server were not found")
        return [found] + [process for process, parent in parents.items() if parent == found]

    def signal(self, number):
        """Sends a signal to every process of the server."""
        for process in self.processes():
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass


class Service(program.Service):
    """`deskledger serve` over a database, with a token for each project."""

    def __init__(self, path, url, more="", descriptors=4096, shutdown_seconds=30, folder=None, server=""):
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="deskledger-chaos-")
        folder = folder or self._temporary.name
        self.descriptors = descriptors
        tokens = "".join(token_settings(token(project), project, f"user of {project}") for project in PROJECTS)
        settings = SETTINGS.format(folder=folder, more=more + tokens, shutdown_seconds=shutdown_seconds, server=server)
        super().__init__(path, folder, url, settings)

    def start(self, descriptors=None):
        """Starts it and waits until it is ready."""
        return super().start(descriptors or self.descriptors)

    def stop(self):
        self.kill()
        if self._temporary:
            self._temporary.cleanup()
