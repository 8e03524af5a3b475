"""The real program over the embedded database, with records that it generated."""

import contextlib
import json
import os
import tempfile
import urllib.request

from support.program import MARK, PROJECT, Service, sqlite_url, token_settings, waited

TOKEN = f"{MARK}-token-of-the-explorer"
RECORDS = 300

SETTINGS = f"""
[server]
listen = "127.0.0.1:0"

[logging]
format = "json"

[tasks]
waiting_per_project = 10000

[[identity.sealing_keys]]
id = "a"
key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
[links]
open_per_user = 100000
open_per_project = 100000
{token_settings(TOKEN)}"""


def ask(url):
    """The answer to a GET, as JSON."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"X-Auth-Token": TOKEN})) as answer:
        return json.load(answer)


def session(url):
    """The headers of a page of the service whose user has just signed in, and the identifier of their session."""
    page = {"Origin": url, "X-Deskledger": "1"}
    body = json.dumps({"token": TOKEN}).encode()
    headers = {"Content-Type": "application/json", **page}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v2/sign-in/token", body, headers)) as answer:
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        return {"Cookie": cookie, **page}, json.load(answer)["id"]


def made_key(url):
    """The identifier of an access key that was just made, and is the only one that is active."""
    keys = f"{url}/v2/{PROJECT}/access-keys"
    headers = {"X-Auth-Token": TOKEN, "Content-Type": "application/json"}
    for key in ask(keys)["access_keys"]:
        if key["state"] == "active":
            urllib.request.urlopen(urllib.request.Request(f"{keys}/{key['id']}", headers=headers, method="DELETE")).close()
    with urllib.request.urlopen(urllib.request.Request(keys, b"{}", headers)) as answer:
        return json.load(answer)["id"]


def started_task(url):
    """The identifier of an export task that was just started."""
    return ask(f"{url}/v3/{PROJECT}/desktops/connections/export")["task_id"]


def made_link(url):
    """A link to an export that was just made."""
    path = f"{url}/v2/{PROJECT}/connections/desktops/export-links?user_name=nobody"
    request = urllib.request.Request(path, method="POST", headers={"X-Auth-Token": TOKEN})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def finished_task(url):
    """The identifier of an export task whose file can be downloaded."""
    task = started_task(url)
    waited(lambda: ask(f"{url}/v2/{PROJECT}/export-tasks?status=SUCCESS&task_id={task}")["count"])
    return task


@contextlib.contextmanager
def running():
    """A service for as long as the context lasts, with the identifiers of its records. $DESKLEDGER is the program."""
    with tempfile.TemporaryDirectory(prefix="deskledger-explorer-") as folder:
        service = Service(os.environ["DESKLEDGER"], folder, sqlite_url(folder), SETTINGS)
        records = service.generated(RECORDS)
        service.transactions = {json.loads(line)["transaction_id"] for line in records.splitlines()}
        service.run("import", "-", "--project", PROJECT, input=records, capture_output=True)
        with service:
            yield service
