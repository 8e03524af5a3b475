"""The service does what its document says, asked by schemathesis: no 500, no status, type or header that is not in it, nothing
valid refused, nothing invalid accepted."""

import collections
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

import service
from service import PROJECT, TOKEN

HERE = os.path.dirname(os.path.abspath(__file__))
# Of this folder, for the hooks, and of what the tests share.
PATH = os.pathsep.join([HERE, os.path.join(HERE, os.pardir)])

RESOURCES = "desktops", "desktops/export", "online-users", "export-audits/export"


def sealed_message(running):
    """The reason of a denial, which the token of the tests may decode."""
    url = f"{running.url}/v2/another/connections/desktops/export"
    try:
        urllib.request.urlopen(urllib.request.Request(url, headers={"X-Auth-Token": TOKEN}))
    except urllib.error.HTTPError as denial:
        return json.load(denial)["encoded_authorization_message"]
    raise AssertionError("the project of somebody else was exported")


def marker(running):
    """Where the list goes on after its first page."""
    return service.ask(f"{running.url}/v2/{PROJECT}/connections/desktops")["next_marker"]


def transaction(running):
    """A record that is there."""
    return service.ask(f"{running.url}/v2/{PROJECT}/connections/desktops?limit=1")["records"][0]["transaction_id"]


class TheDocument(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(service.running())
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        # What generated data is made valid with.
        cls.known = {
            "SERVICE": cls.service.url,
            "SEALED_MESSAGE": sealed_message(cls.service),
            "MARKER": marker(cls.service),
            "TRANSACTION": transaction(cls.service),
            "TASK": service.finished_task(cls.service.url),
        }

    def schemathesis(self, *arguments, config=(), url=None):
        """Runs all checks. Returns the exit code and all that was said."""
        run = subprocess.run(
            [
                os.path.join(os.path.dirname(sys.executable), "schemathesis"), *config,
                "run", url or f"{self.service.url}/openapi.json", "--checks", "all", "--no-color", *arguments,
            ],
            # It keeps what it learnt in the folder it runs in.
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": PATH, "SCHEMATHESIS_HOOKS": "media_type", "COLUMNS": "120", **self.known},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
        )
        return run.returncode, run.stdout

    def assert_no_issue(self, code, said):
        slow = [line for line in self.service.log_lines() if line.get("seconds", 0) > 1 or line.get("status", 0) >= 429]
        self.assertEqual(code, 0, "\n".join([said, "Slow or failed, in the log of the service:", *map(str, slow)]))

    def requests(self, resource):
        """How many requests of a resource were answered with each status, up to now."""
        return collections.Counter(
            line["status"]
            for line in self.service.log_lines()
            # What is refused before it is a request has no path.
            if "status" in line and line.get("span", {}).get("path", "").endswith(f"/connections/{resource}")
        )

    def test_with_a_token_the_service_does_what_its_document_says(self):
        before = {resource: self.requests(resource) for resource in RESOURCES}
        code, said = self.schemathesis(
            "--header", f"X-Auth-Token: {TOKEN}", config=["--config-file", os.path.join(HERE, "schemathesis.toml")]
        )
        self.assert_no_issue(code, said)
        # All of it was asked, not only refusals.
        for resource in RESOURCES:
            answered = self.requests(resource) - before[resource]
            for status in 200, 400, 401, 405:
                self.assertGreater(answered[status], 2, (resource, answered))

    def test_without_a_token_too(self):
        before = self.requests("desktops/export")
        code, said = self.schemathesis(
            "--seed", "2", "--max-examples", "30", "--generation-database", "none", "--request-timeout", "120"
        )
        self.assert_no_issue(code, said)
        answered = self.requests("desktops/export") - before
        self.assertGreater(answered[401], 20, answered)
        self.assertEqual(answered[200], 0, answered)

    def test_a_document_that_keeps_a_status_back_is_found_out(self):
        with urllib.request.urlopen(f"{self.service.url}/openapi.json") as answer:
            document = json.load(answer)
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("401", None)
        path = os.path.join(self.folder, "without-401.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        code, said = self.schemathesis("--url", self.service.url, "--phases", "examples", url=path)
        self.assertEqual(code, 1, said)
        self.assertIn("Undocumented status code", said)
