"""A proxy that disturbs what passes: it cuts, delays or swallows, existing and new connections apart."""

import os
import selectors
import socket
import struct
import threading
import time

PASS, CUT, SWALLOW = "pass", "cut", "swallow"
CHUNK = 64 * 1024


class Proxy:
    """Passes connections to a port of this machine on: those to a port of its own, or to the Unix-domain socket of a server of PostgreSQL
    in a folder."""

    def __init__(self, target_port, folder=None):
        self.target = target_port
        self.new = PASS
        self.delay = 0.0
        self._links = {}
        self._lock = threading.Lock()
        if folder:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(os.path.join(folder, ".s.PGSQL.5432"))
            self._listener.listen(256)
            self.port = 5432
        else:
            self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
            self.port = self._listener.getsockname()[1]
        self._ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def treat_existing(self, treatment):
        """Treats the connections that there are now in another way. One that swallowed bytes never passes any again."""
        with self._lock:
            for link in list(self._links):
                if treatment == CUT:
                    self._reset(link)
                elif self._links[link] != SWALLOW:
                    self._links[link] = treatment

    def connections(self):
        with self._lock:
            return len(self._links)

    def close(self):
        self._ended = True
        self._listener.close()
        self.treat_existing(CUT)

    def _accept(self):
        while not self._ended:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.new == CUT:
                _linger(client)
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=10)
            except OSError:
                client.close()
                continue
            link = (client, server)
            with self._lock:
                self._links[link] = self.new
            threading.Thread(target=self._pass_on, args=(link,), daemon=True).start()

    def _pass_on(self, link):
        client, server = link
        selector = selectors.DefaultSelector()
        client.settimeout(30)
        server.settimeout(30)
        try:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in selector.select(timeout=1):
                    data = key.fileobj.recv(CHUNK)
                    if not data:
                        return
                    with self._lock:
                        treatment = self._links.get(link, CUT)
                    if treatment == CUT:
                        return
                    if treatment == PASS:
                        if self.delay:
                            time.sleep(self.delay)
                        key.data.sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            selector.close()
            with self._lock:
                self._links.pop(link, None)
            client.close()
            server.close()

    def _reset(self, link):
        for end in link:
            _linger(end)
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._links.pop(link, None)


def _linger(connection):
    """Makes the end of a connection a reset."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
