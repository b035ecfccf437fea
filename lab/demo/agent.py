"""One minute of the agent, inside a lab: a port is opened, somebody is told, the page shows it, the journal proves it.

Run by scripts/demo with the lab's Python: agent.py AGENT OPERATIONS. It ends with 0 only if all of that happened.
"""

from __future__ import annotations

import http.client
import http.server
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import boto3

PATIENCE = 90.0
POLICY = "sg-only-declared-ports"

CONFIGURATION = """\
company:
  policies: policies
  accounts: [{{id: "000000000000"}}]
  regions: {{primary: eu-central-1, recovery: eu-west-1}}
alerts:
  zone: Europe/Berlin
  channels: {{here: {{webhook: {{url: {{environment: DEMO_URL}}, signing_key: {{environment: DEMO_KEY}}}}}}}}
  routes: [{{name: everything, to: [here]}}]
agent:
  queues: [{{url: "{endpoint}/000000000000/trackera-ops-events", region: eu-central-1}}]
  listen: 127.0.0.1:{port}
journal:
  replicas: [{{name: copy, store: {{directory: replica}}}}]
"""


def say(text: str) -> None:
    print(f"    {text}", flush=True)


class Hearer(http.server.BaseHTTPRequestHandler):
    """Whoever is told."""

    notices: queue.Queue[dict] = queue.Queue()

    def do_POST(self) -> None:
        self.notices.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is logged: what is heard is shown."""


def until_told(what: str) -> tuple[dict, float]:
    """The next item about the opened port, and when it was heard."""
    ends_at = time.monotonic() + PATIENCE
    while True:
        try:
            notice = Hearer.notices.get(timeout=max(0.1, ends_at - time.monotonic()))
        except queue.Empty:
            raise SystemExit(f"nobody was told within {PATIENCE:.0f} s: {what}") from None
        for item in notice["items"]:
            if item["policy"] == POLICY and item["what"] == what:
                say(f"told: {notice['headline']}")
                return item, time.monotonic()


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def until_ready(port: int, agent: subprocess.Popen[bytes]) -> None:
    ends_at = time.monotonic() + PATIENCE
    while get(port, "/readyz")[0] != 200:
        if agent.poll() is not None or time.monotonic() > ends_at:
            raise SystemExit("the agent did not become ready; its last words are above")
        time.sleep(0.1)


def port_of(action: str, group: str) -> float:
    """Open or close a port of a group, and tell when."""
    change = getattr(boto3.client("ec2", "eu-central-1"), f"{action}_security_group_ingress")
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    change(GroupId=group, IpPermissions=[ssh])
    return time.monotonic()


def minute(home: pathlib.Path, agent: str, operations: str) -> None:
    hearer = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hearer)
    threading.Thread(target=hearer.serve_forever, daemon=True).start()
    with http.server.HTTPServer(("127.0.0.1", 0), Hearer) as free:
        port = free.server_port
    (home / "policies").mkdir()
    shutil.copy("policies/network.yaml", home / "policies")
    (home / "replica").mkdir()
    text = CONFIGURATION.format(endpoint=os.environ["AWS_ENDPOINT_URL"], port=port)
    (home / "trackera.yaml").write_text(text)
    environment = os.environ | {"DEMO_URL": f"http://127.0.0.1:{hearer.server_port}/", "DEMO_KEY": "demo"}
    command = [agent, "--log", "warn", "run", "--name", "demo", "--config", str(home / "trackera.yaml")]
    running = subprocess.Popen([*command, "--directory", str(home / "agent")], env=environment)
    try:
        until_ready(port, running)
        say(f"the agent watches; its page is http://127.0.0.1:{port}/")
        interfaces = boto3.client("ec2", "eu-central-1").describe_network_interfaces()["NetworkInterfaces"]
        group = next(group["GroupId"] for interface in interfaces for group in interface["Groups"])
        opened_at = port_of("authorize", group)
        say(f"somebody opens tcp/22 of {group} to the Internet")
        item, told_at = until_told("opened")
        page = f"/findings/{item['finding']}"
        status, shown = get(port, page)
        if status != 200 or group not in shown:
            raise SystemExit(f"the page does not show the finding: {status}")
        say(f"{told_at - opened_at:.1f} s later; on the page: http://127.0.0.1:{port}{page}")
        port_of("revoke", group)
        say("and closes it again")
        until_told("closed")
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(timeout=10)
    key = (home / "agent/journal.key.pub").read_text().strip()
    verify = [operations, "journal", "verify", "--journal", str(home / "agent/journal"), "--key", key]
    subprocess.run(verify, check=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="trackera-demo-") as home:
        minute(pathlib.Path(home), *sys.argv[1:])


if __name__ == "__main__":
    main()
