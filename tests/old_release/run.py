"""Compares the answers of the program with those of an older release; `scripts/test` runs it.

What the vendor's clients send must be answered as it always was. The answers in answers.json are those of the release that it names,
over the records of records.ndjson. --record writes that file anew, by the program of that release.

Compared are the status, the headers and the body, byte by byte; of a workbook its sheets and cells; of an error its code, since its
text may become clearer. What changed on purpose is listed in `changes.py`, with the reason.
"""

import argparse
import contextlib
import hashlib
import http.client
import json
import os
import re
import sys
import tempfile

from changes import expected
from asked import START, TASKS, requests
from sheets import sheets
from support.postgres import Database
from support.program import MARK, PROJECT, Service, sqlite_url, token_settings, waited
from support.report import Report

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDS = os.path.join(HERE, "records.ndjson")
ANSWERS = os.path.join(HERE, "answers.json")
TOKEN = f"{MARK}-token-of-the-old-release"
SETTINGS = f"""
[server]
listen = "127.0.0.1:0"

[tasks]
storage = "FOLDER/files"
waiting_per_project = 10000
{token_settings(TOKEN)}"""
# They differ from one answer to the next, or say how the connection goes on.
LEFT_OUT = {"date", "x-request-id", "connection", "transfer-encoding"}
LONG = 1000
TIME = re.compile(r"\d{4}-?\d{2}-?\d{2}T?[-_ ]?\d{2}[-:]?\d{2}[-:]?\d{2}Z?")
TASK = re.compile(r'"task_id":"[^"]+"')


@contextlib.contextmanager
def service(program, url):
    """The program over a database of its own, with the records."""
    with tempfile.TemporaryDirectory(prefix="deskledger-old-release-") as folder:
        running = Service(program, folder, url or sqlite_url(folder), SETTINGS.replace("FOLDER", folder))
        with open(RECORDS, "rb") as records:
            running.run("import", "-", "--project", PROJECT, stdin=records, capture_output=True)
        with running:
            yield running


def ask(connection, method, target, body, headers):
    """What is compared of an answer."""
    body = None if body is None else json.dumps(body)
    of_body = {"Content-Type": "application/json"} if body else {}
    connection.request(method, target, body, {"X-Auth-Token": TOKEN, **of_body, **headers})
    answer = connection.getresponse()
    content = answer.read()
    kept = {name.lower(): TIME.sub("TIME", value) for name, value in answer.getheaders() if name.lower() not in LEFT_OUT}
    return {"status": answer.status, "headers": kept, "body": readable(kept, content)}


def readable(headers, content):
    """A body as it is compared. The length of what holds a time, a text for people or compressed bytes says nothing."""
    if content and "spreadsheetml" in headers.get("content-type", ""):
        headers.pop("content-length", None)
        return {name: shortened("\n".join(rows)) for name, rows in sheets(content).items()}
    text = content.decode()
    if text.startswith('{"error_code"'):
        headers.pop("content-length", None)
        return {"error_code": json.loads(text)["error_code"]}
    return shortened(TASK.sub('"task_id":"TASK"', text))


def shortened(text):
    """A long text as its hash, its length and where it begins and ends."""
    if len(text) <= LONG:
        return text
    return [hashlib.sha256(text.encode()).hexdigest(), len(text), text[:100], text[-100:]]


def answers(running):
    """The answers to all requests, by what was asked. A name that stands twice is numbered."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    found = {}
    for method, target, body, headers in requests():
        name = " ".join([method, target, *([json.dumps(body)] if body else []), *([json.dumps(headers)] if headers else [])])
        name = name if name not in found else f"{name} #2"
        found[name] = ask(connection, method, target, body, headers)
        if target.startswith(START) and found[name]["status"] == 200:
            found[f"the file of {name}"] = file_of_the_newest_task(connection)
    connection.close()
    return found


def file_of_the_newest_task(connection):
    """What is downloaded, once the task has ended."""

    def ended():
        connection.request("GET", f"{TASKS}?limit=1", headers={"X-Auth-Token": TOKEN})
        [task] = json.load(connection.getresponse())["export_tasks"]
        return task["status"] != "CREATING" and task["task_id"]

    answer = ask(connection, "GET", f"{TASKS}/{waited(ended)}/download", None, {})
    # They name the file and the day, so they say nothing.
    for name in "etag", "last-modified":
        answer["headers"].pop(name, None)
    return answer


def differing(then, now):
    """In what two answers differ. New headers, and further reasons to vary, are no difference."""
    for part in "status", "body":
        if then[part] != now[part]:
            yield f"{part}: was {then[part]}, is {now[part]}"
    for name, value in then["headers"].items():
        found = now["headers"].get(name)
        if name == "vary" and found:
            found = value if set(value.split(", ")) <= set(found.split(", ")) else found
        if found != value:
            yield f"header {name}: was {value}, is {found}"


def compare(report, database, running, release):
    """A test for each request."""
    now = answers(running)
    for name, then in release["answers"].items():
        differences = list(differing(expected(name, then), now[name])) if name in now else ["it is not asked any more"]
        report.add(f"{database}::{name}", "FAILED" if differences else "ok", "\n  ".join(differences))
    for name in now.keys() - release["answers"].keys():
        report.add(f"{database}::{name}", "FAILED", "the old release was not asked: record its answers")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="`deskledger`, built")
    parser.add_argument("--record", metavar="RELEASE", help="writes the answers of this program down, by the name of its release")
    arguments = parser.parse_args()
    if arguments.record:
        with service(arguments.program, None) as running, open(ANSWERS, "w", encoding="utf-8") as file:
            json.dump({"release": arguments.record, "answers": answers(running)}, file, ensure_ascii=False, indent=0)
            file.write("\n")
        return 0
    with open(ANSWERS, encoding="utf-8") as file:
        release = json.load(file)
    report = Report("old_release")
    with service(arguments.program, None) as running:
        compare(report, "sqlite", running, release)
    database = Database(prefix="old_release")
    try:
        with service(arguments.program, database.url) as running:
            compare(report, "postgres", running, release)
    finally:
        database.drop()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
