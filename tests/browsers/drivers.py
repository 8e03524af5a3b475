"""Two browsers, as Debian has them, each driven by the protocol that it speaks itself: no driver of a third party is between."""

import contextlib
import glob
import json
import os
import re
import signal
import socket
import subprocess

from support.program import waited

# A page that clicks a link with the attribute `download`, as a page of a person's would.
CLICK = "const link = document.createElement('a'); link.href = %s; link.download = ''; document.body.append(link); link.click();"


class Browser:
    """A browser without a window, with a profile and a folder for downloads of its own."""

    process = None

    def __init__(self, path, folder):
        self.path, self.profile = path, os.path.join(folder, "profile")
        self.downloads = os.path.join(folder, "downloads")
        os.makedirs(self.profile)
        os.makedirs(self.downloads)
        # It writes nothing elsewhere, and takes nobody's settings.
        self.environment = {**os.environ, "HOME": self.profile, "XDG_CONFIG_HOME": self.profile, "XDG_CACHE_HOME": self.profile}
        self.environment.pop("DISPLAY", None)

    def start(self, *arguments, **options):
        with open(os.path.join(self.profile, "said"), "wb") as said:
            self.process = subprocess.Popen(
                [self.path, *arguments], env=self.environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True, **options,
            )

    def click(self, address):
        """Clicks a link to an address on the page that is open."""
        self.execute(CLICK % json.dumps(address))

    def memory_mib(self):
        """The memory of all of its processes, what they share counted once."""
        return sum(map(proportional_kib, descendants(self.process.pid))) / 1024

    def files(self):
        """The files in the folder of downloads, with their sizes."""
        files = {}
        for path in glob.glob(os.path.join(self.downloads, "*")):
            with contextlib.suppress(FileNotFoundError):
                files[os.path.basename(path)] = os.path.getsize(path)
        return files

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Chromium(Browser):
    """By the DevTools protocol, over a pipe."""

    def __init__(self, path, folder):
        super().__init__(path, folder)
        (theirs_in, self.to), (self.of, theirs_out) = os.pipe(), os.pipe()
        # The program reads from descriptor 3 and writes to 4.
        high = [os.dup2(descriptor, 100 + number) for number, descriptor in enumerate((theirs_in, theirs_out))]

        def give():
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.start(
            "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", f"--user-data-dir={self.profile}", "about:blank",
            preexec_fn=give, close_fds=False,
        )
        for descriptor in (theirs_in, theirs_out, *high):
            os.close(descriptor)
        self.read, self.number, self.session = b"", 0, None
        self.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=self.downloads)

    def send(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.read:
                read = os.read(self.of, 1 << 16)
                assert read, "Chromium is gone"
                self.read += read
            line, self.read = self.read.split(b"\0", 1)
            answer = json.loads(line)
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, url):
        targets = self.send("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self.session = self.send("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.send("Page.navigate", url=url)
        waited(lambda: self.execute("document.readyState === 'complete' && location.href") == url)

    def execute(self, script):
        answer = self.send("Runtime.evaluate", expression=script, userGesture=True)
        return answer["result"].get("value")


class Firefox(Browser):
    """By Marionette, which Debian's has, over TCP."""

    PREFERENCES = {
        "marionette.port": 0,
        "browser.download.folderList": 2,
        "browser.download.useDownloadDir": True,
        "browser.download.always_ask_before_handling_new_types": False,
        "browser.download.alwaysOpenPanel": False,
        "browser.shell.checkDefaultBrowser": False,
        "browser.startup.page": 0,
        "datareporting.policy.dataSubmissionEnabled": False,
        "dom.security.https_first": False,
        "toolkit.telemetry.enabled": False,
        "app.update.enabled": False,
    }

    def __init__(self, path, folder):
        super().__init__(path, folder)
        preferences = {**self.PREFERENCES, "browser.download.dir": self.downloads}
        with open(os.path.join(self.profile, "user.js"), "w", encoding="utf-8") as file:
            for name, value in preferences.items():
                file.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
        self.start("--headless", "--marionette", "--no-remote", "--profile", self.profile)
        port = os.path.join(self.profile, "MarionetteActivePort")
        waited(lambda: os.path.exists(port) and os.path.getsize(port))
        with open(port, encoding="ascii") as file:
            self.socket = socket.create_connection(("127.0.0.1", int(file.read())), timeout=120)
        self.read, self.number = b"", 0
        self.receive()
        self.send("WebDriver:NewSession", capabilities={})

    def receive(self):
        while not (head := re.match(rb"(\d+):", self.read)) or len(self.read) < head.end() + int(head[1]):
            read = self.socket.recv(1 << 16)
            assert read, "Firefox is gone"
            self.read += read
        end = head.end() + int(head[1])
        message, self.read = json.loads(self.read[head.end():end]), self.read[end:]
        return message

    def send(self, command, **parameters):
        self.number += 1
        message = json.dumps([0, self.number, command, parameters])
        self.socket.sendall(f"{len(message)}:{message}".encode())
        _, number, error, result = self.receive()
        assert number == self.number and not error, error
        return result

    def open(self, url):
        self.send("WebDriver:Navigate", url=url)

    def execute(self, script):
        return self.send("WebDriver:ExecuteScript", script=script, args=[])["value"]


def descendants(pid):
    """A process, and all that it and they have started."""
    children = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            with open(path, encoding="utf-8", errors="replace") as file:
                number, _, rest = file.read().partition(" (")
            children.setdefault(int(rest.rpartition(") ")[2].split()[1]), []).append(int(number))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def proportional_kib(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return int(re.search(r"^Pss:\s+(\d+)", file.read(), re.MULTILINE)[1])
    except (OSError, TypeError):
        # It has ended.
        return 0
