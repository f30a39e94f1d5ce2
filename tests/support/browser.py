"""A headless Chromium, driven through its pipe: no driver and no library between."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
)  # fmt: skip


def installed():
    """The path of a Chromium; KMSMOCK_CHROMIUM says which, if it is set."""
    asked = os.environ.get("KMSMOCK_CHROMIUM")
    return asked or next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One page of it. ``complaints`` are the errors and warnings of its console, and what was asked of the network."""

    def __init__(self, send):
        self._send, self.complaints, self.requests = send, [], []

    def heard(self, method, told):
        if method == "Runtime.exceptionThrown":
            self.complaints.append(told["exceptionDetails"].get("exception", {}).get("description", str(told)))
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(each.get("value", each)) for each in told["args"]))
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complaints.append(told["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])

    def open(self, path, fragment=""):
        url = Path(path).resolve().as_uri() + fragment
        self._send("Page.navigate", {"url": url})
        self.run(
            "new Promise((done) => document.readyState === 'complete' && location.href !== 'about:blank'"
            " ? done() : addEventListener('load', done))"
        )

    def run(self, script):
        """The value of an expression of JavaScript, waited for."""
        asked = {"expression": script, "awaitPromise": True, "returnByValue": True}
        told = self._send("Runtime.evaluate", asked)
        if "exceptionDetails" in told:
            raise AssertionError(told["exceptionDetails"].get("exception", {}).get("description", str(told)))
        return told["result"].get("value")

    def settle(self):
        """Wait until what was asked for has been drawn: filters wait for who types."""
        self.run(
            "new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 150))"
        )

    def texts(self, selector):
        return self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map((each) => each.innerText)")

    def click(self, selector):
        self.run(f"document.querySelector({json.dumps(selector)}).click()")
        self.settle()

    def type_into(self, selector, text):
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self._send("Input.insertText", {"text": text})
        self.settle()

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            event = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
            self._send(
                "Input.dispatchKeyEvent", event | ({"text": "\r"} if key == "Enter" and kind == "keyDown" else {})
            )
        self.settle()

    def look(self, *, width=1280, height=900, scheme="light"):
        """Be a screen of this size, of somebody who likes it light or dark."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._send("Emulation.setDeviceMetricsOverride", size)
        self._send("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def picture(self, path, *, whole=False):
        told = self._send("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})
        Path(path).write_bytes(base64.b64decode(told["data"]))


KEYS = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35}


_AS_3_AND_4 = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]
for number, end in zip((3, 4), ends):
    os.dup2(end, number)
os.execvp(sys.argv[3], sys.argv[3:])
"""
"""The ends of its pipe are these two, whatever they were here."""


@contextmanager
def chromium():
    """A browser with one page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        read_here, write_there = os.pipe()
        read_there, write_here = os.pipe()
        command = [sys.executable, "-c", _AS_3_AND_4, str(read_there), str(write_there), installed(), *FLAGS]
        started = subprocess.Popen(
            [*command, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(read_there, write_there),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read_there)
        os.close(write_there)
        try:
            yield _page(read_here, write_here)
        finally:
            os.close(write_here)
            os.close(read_here)
            started.kill()
            started.wait()


def _page(answers, orders):
    state = {"number": 0, "rest": b"", "session": None}
    page = None

    def message():
        while b"\0" not in state["rest"]:
            part = os.read(answers, 1 << 20)
            assert part, "the browser has gone"
            state["rest"] += part
        text, _, state["rest"] = state["rest"].partition(b"\0")
        return json.loads(text)

    def send(method, params=None):
        state["number"] += 1
        asked = {"id": state["number"], "method": method, "params": params or {}}
        if state["session"]:
            asked["sessionId"] = state["session"]
        left = memoryview(json.dumps(asked).encode() + b"\0")
        while left:
            left = left[os.write(orders, left) :]
        while True:
            told = message()
            if told.get("id") == asked["id"]:
                assert "error" not in told, told
                return told["result"]
            if page is not None and "method" in told:
                page.heard(told["method"], told["params"])

    targets = send("Target.getTargets")["targetInfos"]
    target = next(each["targetId"] for each in targets if each["type"] == "page")
    state["session"] = send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
    page = Page(send)
    for domain in ("Page", "Runtime", "Log", "Network"):
        send(f"{domain}.enable")
    return page
