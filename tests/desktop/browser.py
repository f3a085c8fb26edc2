"""A real browser without a screen, and pages for it that ask a model's server and report what they got."""

import json
import queue
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.fakes.quiet_http import QuietHandler, QuietServer

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * 127.0.0.1",  # every name is this computer: no page leaves it
)
PAGE = """<!DOCTYPE html><script>
const endpoint = %(endpoint)s, model = %(model)s, said = {};
async function attempt(name, path, how) {
  try { const answer = await fetch(endpoint + path, how); said[name] = [answer.status, await answer.json()]; }
  catch (error) { said[name] = String(error); }
}
(async () => {
  await attempt("models", "/models");
  await attempt("chat", "/chat/completions", {method: "POST", headers: {"Content-Type": "application/json"},
    body: JSON.stringify({model, max_tokens: 4, messages: [{role: "user", content: "Hello"}]})});
  await fetch("/said", {method: "POST", body: JSON.stringify(said)});
})();
</script>"""


@cache
def find_chromium() -> str:
    """Return the command of a Chromium that runs, "" where there is none (Ubuntu's is a stand-in for a snap)."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    return ""


def what_a_page_gets(chromium: str, host: str, port: int, endpoint: str, model: str) -> dict[str, Any]:
    """Open a page of http://host:port in the browser; return what it got from the server at the endpoint.

    models and chat: [status, answer], or the browser's words for a refusal.
    """
    said: queue.Queue[dict[str, Any]] = queue.Queue()
    page = (PAGE % {"endpoint": json.dumps(endpoint), "model": json.dumps(model)}).encode()

    class Pages(QuietHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def do_POST(self) -> None:
            said.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

    with (
        QuietServer(Pages, port) as server,
        tempfile.TemporaryDirectory(prefix="trayapp-browser-", ignore_cleanup_errors=True) as folder,
    ):
        server.start()
        with (Path(folder) / "log").open("wb") as log:
            command = [chromium, *FLAGS, f"--user-data-dir={folder}/profile", f"http://{host}:{port}/"]
            browser = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                return said.get(timeout=60)
            finally:
                browser.terminate()
                browser.wait(20)
                server.shutdown()


def status_for(url: str, host: str) -> int:
    """Return the status of the answer to a question that names this Host."""
    try:
        with urlopen(Request(url, headers={"Host": host}), timeout=20) as answer:
            return int(answer.status)
    except HTTPError as refused:
        with refused:
            return refused.code
