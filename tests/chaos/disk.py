"""Disks that are full: of SQLite and of tasks, of PostgreSQL, and of the log."""

import contextlib
import os
import re
import subprocess
import tempfile
import time

from client import ask, export, listed, one_record, open_socket, record, share_of, start_task, statuses
from outcome import Outcome, attack
from service import Database, Service, token

MIB = 1024 * 1024


class Disk:
    """A file system of its own with so many MiB, which can be filled and given room. It needs the rights of root."""

    def __init__(self, mebibytes):
        self._temporary = tempfile.TemporaryDirectory(prefix="deskledger-full-")
        self.folder = self._temporary.name
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=777", "tmpfs", self.folder], check=True)

    def fill(self):
        """Takes what is free, to the last byte."""
        with open(os.path.join(self.folder, "ballast"), "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(MIB))

    def make_room(self):
        os.remove(os.path.join(self.folder, "ballast"))

    def close(self):
        subprocess.run(["umount", "--lazy", self.folder], check=False)
        with contextlib.suppress(OSError):
            self._temporary.cleanup()


def until(seconds, holds):
    """Seconds until something holds; nothing where it does not in time."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if holds():
            return time.monotonic() - begin
        time.sleep(0.2)
    return None


def audits(port):
    answer = ask(port, "/v2/p1/connections/export-audits", "p1")
    return answer.json()["audits"] if answer.status == 200 else []


def read_to_the_end(client):
    """Whether the answer on a socket ends as a whole one does."""
    end = b""
    with contextlib.suppress(OSError):
        while received := client.recv(65536):
            end = (end + received)[-5:]
            if end == b"0\r\n\r\n":
                return True
    return False


def fill_with_records(port, disk, most):
    """Records until one is refused; how many were acknowledged."""
    acknowledged = 0
    for batch in range(most):
        if batch == 2:
            disk.fill()
        records = [{**one_record(f"{batch}-{number}"), "user_name": "u" * 200} for number in range(500)]
        if record(port, "p1", records).status != 200:
            return acknowledged
        acknowledged += 500
    return acknowledged


def with_full_disk(arena, service, disk, records):
    """An export ends while the disk is full, other requests come, then there is room again."""
    head = "GET /v2/p1/connections/desktops/export?format=jsonl HTTP/1.1\r\nHost: chaos\r\nConnection: close\r\n"
    reader = open_socket(service.port, f"{head}X-Auth-Token: {token('p1')}\r\n\r\n".encode(), receive_buffer=4096)
    until(10, lambda: any(audit["outcome"] == "running" for audit in audits(service.port)))
    acknowledged = fill_with_records(service.port, disk, 400)
    recorded = record(service.port, "p1", [{**one_record("full"), "user_name": "u" * 255}] * 50)
    task = start_task(service.port, "p2")
    ready = ask(service.port, "/health/ready")
    lists = listed(service.port, "p1")
    whole = read_to_the_end(reader)
    time.sleep(1)
    disk.make_room()
    again = until(30, lambda: record(service.port, "p1", [one_record("again")]).status == 200)
    healthy = until(30, lambda: ask(service.port, "/health/ready").status == 200)
    closed = until(30, lambda: audits(service.port) and not any(a["outcome"] == "running" for a in audits(service.port)))
    outcomes = sorted({audit["outcome"] for audit in audits(service.port)})
    stored = listed(service.port, "p1").json()["total_count"] - records - 1
    busy = [answer for answer in (recorded, task) if answer.status == 503 and "retry-after" in answer.headers]
    measured = (
        f"recording {recorded.status}, task {task.status}, ready {ready.status} "
        f"({'says so' if b'full' in ready.body else 'does not say why'}), list {lists.status}; "
        f"an export that ran is {'whole' if whole else 'broken'} and in the audit {', '.join(outcomes)}; "
        f"{acknowledged} acknowledged meanwhile, {stored} stored; recordings go on after {again or float('nan'):.1f} s"
    )
    held = (
        recorded in busy
        and (task in busy or task.status == 200)
        and ready.status == 503
        and b"full" in ready.body
        and lists.status == 200
        and whole
        and closed is not None
        and "done" in outcomes
        and not {"interrupted", "failed"} & set(outcomes)
        and stored >= acknowledged
        and again is not None
        and healthy is not None
        and again <= arena.patience(10)
    )
    return Outcome(measured, held)


@attack("a full disk of SQLite and of tasks is said to be one, and nothing is lost", "SQLite and tasks on 64 MiB that fill up while an export runs", needs_postgres=False)
def full_disk(arena):
    with contextlib.closing(Disk(64)) as disk:
        service = Service(arena.program, f"sqlite://{disk.folder}/records.sqlite3", folder=disk.folder)
        arena.running.append(service)
        try:
            service.fill("p1", 20_000)
            return with_full_disk(arena, service.start(), disk, 20_000)
        finally:
            service.stop()


@attack("a full disk of PostgreSQL is said to be one, and nothing is lost", "a PostgreSQL on 400 MiB that fill up while an export runs", needs_postgres=False)
def full_postgres(arena):
    with contextlib.closing(Disk(400)) as disk:
        server = subprocess.Popen(
            ["scripts/postgres", "run", "--", "sh", "-c", 'echo "$DESKLEDGER_TEST_POSTGRES"; exec cat'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "TMPDIR": disk.folder},
        )
        service = None
        try:
            database = Database(re.match(r"postgres://\S+", server.stdout.readline())[0])
            service = Service(arena.program, database.url)
            arena.running.append(service)
            service.fill("p1", 20_000)
            return with_full_disk(arena, service.start(), disk, 20_000)
        finally:
            if service:
                service.stop()
            server.stdin.close()
            server.wait(60)


@attack("a log that finds no space stops nothing", "a log on 1 MiB that is full")
def full_log(arena):
    with contextlib.closing(Disk(1)) as disk:
        service = Service(arena.program, arena.database.url, folder=disk.folder, more=f'# {"x" * 1000}\n')
        arena.running.append(service)
        try:
            service.fill("p1", 100)
            service.start()
            disk.fill()
            answers = [export(service.port, "p1") for _ in range(20)]
            served = sum(answer.status == 200 and answer.whole for answer in answers)
            recorded = record(service.port, "p1", [one_record("unlogged")]).status
            disk.make_room()
            begin = len(service.log())
            export(service.port, "p1")
            logged = until(5, lambda: len(service.log()) > begin) is not None
        finally:
            service.stop()
    measured = f"{served} of 20 exports whole, recording {recorded}; with room again the log {'goes on' if logged else 'does not go on'}"
    return Outcome(measured, served == 20 and recorded == 200 and logged)


@attack("a log that nobody reads stops nothing", "a log in a pipe whose reader stops, 1,000 lists")
def unread_log(arena):
    service = arena.service(records={"p1": 100})
    service.terminate()
    reader, writer = os.pipe()
    service.process = subprocess.Popen(
        service.command("serve"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writer,
        **{**service.options, "env": {**service.environment, "DESKLEDGER__SERVER__LISTEN": f"127.0.0.1:{service.port}"}},
    )
    os.close(writer)
    until(20, lambda: ask(service.port, "/health/ready", timeout=2).status == 200)
    answers = []
    for _ in range(arena.scaled(1000)):
        answers.append(listed(service.port, "p1", timeout=3))
        if answers[-1].status == 0:
            break
    seconds = service.terminate()
    os.close(reader)
    measured = f"{statuses(answers)}; SIGTERM took {seconds:.1f} s"
    return Outcome(measured, share_of(answers) == 1 and seconds < arena.patience(10))
