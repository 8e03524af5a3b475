"""Many slow readers of a big export at once: the memory that they take, and whether small exports go on."""

import socket
import sys
import threading
import time


def read_slowly(port, project, per_second, seconds, failures):
    """Takes an export for a while, so many bytes a second, and leaves."""
    with socket.socket() as client:
        # Or the system takes what this reader does not.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * per_second)
        client.settimeout(60)
        client.connect(("127.0.0.1", port))
        path = f"/v2/{project}/connections/desktops/export"
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nX-Auth-Token: {project}\r\n\r\n".encode())
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            wanted = per_second
            while wanted > 0:
                try:
                    taken = len(client.recv(wanted))
                except OSError:
                    taken = 0
                if not taken:
                    failures.append("a slow reader's export ended early")
                    return
                wanted -= taken
            time.sleep(1)


def measure(start_service, names, size, readers=50, per_second=10_000, seconds=60):
    """The memory that they take in each quarter of the time, in MiB, and how many small exports were answered meanwhile."""
    print(f"{readers} readers of {size} records at {per_second} bytes a second, for {seconds} s", file=sys.stderr, flush=True)
    service = start_service(f"exports = {readers + 4}\nexports_per_project = {readers + 4}")
    failures, peaks, answered = [], [], 0
    try:
        arguments = (service.port, names[size], per_second, seconds, failures)
        threads = [threading.Thread(target=read_slowly, args=arguments) for _ in range(readers)]
        for thread in threads:
            thread.start()
        for _ in range(4):
            service.forget_peak()
            until = time.monotonic() + seconds / 4
            while time.monotonic() < until:
                service.export(min(names.values(), key=len))
                answered += 1
                time.sleep(0.2)
            peaks.append(service.peak_mib())
        for thread in threads:
            thread.join()
    finally:
        service.kill()
    if failures:
        raise SystemExit(f"bench: {failures[0]} ({len(failures)} of them)")
    return peaks, answered
