"""Export tasks whose files are in an S3-compatible storage: the real program, and moto as the storage.

    python run.py DESKLEDGER

Prints a line for each test, as cargo does, and ends with another code than 0 if one failed.
"""

import contextlib
import json
import logging
import os
import shutil
import sys
import tempfile
import traceback
import urllib.error
import urllib.request
import zipfile
from io import BytesIO

import boto3
from moto.server import ThreadedMotoServer
from support import program
from support.program import MARK, MAX_SECONDS, PROJECT, Program, sqlite_url, token_settings, waited
from support.report import Report

TOKEN = f"{MARK}-token-of-s3"
SECRET = f"{MARK}-secret-of-s3"
BUCKET, PREFIX = "ledger", "some/exports"
RECORDS = 30_000

SETTINGS = f"""
[server]
listen = "127.0.0.1:0"

[logging]
format = "json"
level = "debug"

[tasks]
storage = "s3://{BUCKET}/{PREFIX}"
lease_seconds = 2
poll_seconds = 1
attempts = 2
{token_settings(TOKEN)}"""


class Service(program.Service):
    """The real program with its files in the storage."""

    def __init__(self, path, folder, storage):
        environment = {
            "DESKLEDGER__TASKS__S3__ENDPOINT": storage,
            "DESKLEDGER__TASKS__S3__ACCESS_KEY_ID": "AK",
            "DESKLEDGER__TASKS__S3__SECRET_ACCESS_KEY": SECRET,
        }
        super().__init__(path, folder, sqlite_url(folder), SETTINGS, environment)

    def ask(self, path, headers=None, body=None):
        """Status, headers and body of the answer."""
        request = urllib.request.Request(
            self.url + path, data=body, headers={"X-Auth-Token": TOKEN, **(headers or {})}
        )
        try:
            with urllib.request.urlopen(request, timeout=MAX_SECONDS) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def start_task(self, query=""):
        status, _, body = self.ask(f"/v3/{PROJECT}/desktops/connections/export?{query}")
        assert status == 200, body
        return json.loads(body)["task_id"]

    def ended(self, task):
        def look():
            _, _, body = self.ask(f"/v2/{PROJECT}/export-tasks?task_id={task}")
            [found] = json.loads(body)["export_tasks"]
            return found["status"] != "CREATING" and found

        return waited(look)

    def download(self, task, headers=None):
        return self.ask(f"/v2/{PROJECT}/export-tasks/{task}/download", headers)

    def delete(self, *tasks):
        body = json.dumps({"task_ids": tasks}).encode()
        path = f"/v2/{PROJECT}/export-tasks/batch-delete"
        return self.ask(path, {"Content-Type": "application/json"}, body)[0]


class Sandbox:
    """A folder with a database, and a bucket."""

    def __init__(self, program, folder, storage, client):
        self.program, self.folder, self.storage, self.client = program, folder, storage, client
        self.services = []

    def serve(self):
        self.services.append(Service(self.program, self.folder, self.storage).start())
        return self.services[-1]

    def files(self):
        return [file["Key"] for file in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def a_file_in_several_parts_is_the_export(sandbox):
    service = sandbox.serve()
    task = service.start_task("format=jsonl")
    assert service.ended(task)["status"] == "SUCCESS"
    status, headers, file = service.download(task)
    _, _, export = service.ask(f"/v2/{PROJECT}/connections/desktops/export?format=jsonl")
    assert status == 200 and file == export
    assert len(file) > 2 * 8 * 1024 * 1024, len(file)
    assert headers["Content-Length"] == str(len(file)) and headers["Accept-Ranges"] == "bytes"
    [key] = sandbox.files()
    assert key.startswith(f"{PREFIX}/{task}-"), key
    middle = "bytes=8388600-8388700"
    status, headers, part = service.download(task, {"Range": middle, "If-Range": headers["ETag"]})
    assert status == 206 and part == file[8388600:8388701]
    assert headers["Content-Range"] == f"bytes 8388600-8388700/{len(file)}"
    assert service.delete(task) == 204
    assert sandbox.files() == []


def a_workbook_is_the_export(sandbox):
    service = sandbox.serve()
    task = service.start_task("language=zh_CN")
    assert service.ended(task)["status"] == "SUCCESS"
    _, _, file = service.download(task)
    _, _, export = service.ask(f"/v2/{PROJECT}/connections/desktops/export?language=zh_CN")
    sheets = [zipfile.ZipFile(BytesIO(book)).read("xl/worksheets/sheet1.xml") for book in (file, export)]
    assert sheets[0] == sheets[1]


def a_task_whose_process_is_killed_is_done_by_the_next(sandbox):
    service = sandbox.serve()
    task = service.start_task("format=jsonl")
    waited(lambda: sandbox.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads"))
    service.kill()
    next_one = sandbox.serve()
    assert next_one.ended(task)["status"] == "SUCCESS"
    _, _, file = next_one.download(task)
    _, _, export = next_one.ask(f"/v2/{PROJECT}/connections/desktops/export?format=jsonl")
    assert file == export


def what_no_task_needs_is_deleted_and_nothing_else(sandbox):
    unknown = f"{PREFIX}/0123456789abcdef0123456789abcdef-1"
    for key in (unknown, f"{PREFIX}/notes.txt", "0123456789abcdef0123456789abcdef-1"):
        sandbox.client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    sandbox.serve()
    waited(lambda: unknown not in sandbox.files())
    assert set(sandbox.files()) == {f"{PREFIX}/notes.txt", "0123456789abcdef0123456789abcdef-1"}


def a_bucket_that_is_not_there_fails_with_a_reason(sandbox):
    service = sandbox.serve()
    sandbox.client.delete_bucket(Bucket=BUCKET)
    found = service.ended(service.start_task())
    sandbox.client.create_bucket(Bucket=BUCKET)
    assert (found["status"], found["error_code"]) == ("FAIL", "WKS.00000503"), found
    assert BUCKET not in found["fail_reason"] and "storage" in found["fail_reason"], found


TESTS = [
    a_file_in_several_parts_is_the_export,
    a_workbook_is_the_export,
    a_task_whose_process_is_killed_is_done_by_the_next,
    what_no_task_needs_is_deleted_and_nothing_else,
    a_bucket_that_is_not_there_fails_with_a_reason,
]


@contextlib.contextmanager
def sandbox_of(program, records, storage):
    client = boto3.client(
        "s3", endpoint_url=storage, region_name="us-east-1", aws_access_key_id="AK", aws_secret_access_key=SECRET
    )
    client.create_bucket(Bucket=BUCKET)
    with tempfile.TemporaryDirectory(prefix="deskledger-s3-") as folder:
        shutil.copy(records, os.path.join(folder, "records.sqlite3"))
        sandbox = Sandbox(program, folder, storage, client)
        try:
            yield sandbox
        finally:
            for service in sandbox.services:
                service.kill()
            with open(os.path.join(folder, "log"), encoding="utf-8") as log:
                assert SECRET not in log.read(), "the log holds the secret of the storage"
            for key in sandbox.files():
                client.delete_object(Bucket=BUCKET, Key=key)
            client.delete_bucket(Bucket=BUCKET)


def filled(path, folder):
    """The file of a database with records."""
    Program(path, folder, sqlite_url(folder)).fill(PROJECT, RECORDS)
    return os.path.join(folder, "records.sqlite3")


def main(path):
    # Its lines would hide those of the tests.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    storage = "http://{}:{}".format(*server.get_host_and_port())
    report = Report("s3")
    with tempfile.TemporaryDirectory(prefix="deskledger-s3-records-") as folder:
        records = filled(path, folder)
        for test in TESTS:
            try:
                with sandbox_of(path, records, storage) as sandbox:
                    test(sandbox)
                outcome = "ok"
            except Exception:
                traceback.print_exc()
                outcome = "FAILED"
            report.add(test.__name__, outcome)
    server.stop()
    return report.end()


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
