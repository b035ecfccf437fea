"""The keeper: a small process that owns every PostgreSQL server of one lab.

The lab's own process is threaded and may be killed at any moment. The keeper has one thread,
starts the servers on request (JSON lines on its standard input) and kills all of them the
moment that input ends, which the kernel guarantees when the lab's process dies, however it
dies. Each server also asks the kernel to be killed should the keeper itself die.

Run by path, with nothing but the standard library: it must work whatever the package path is.
It must never outlive its parent, and never start anything that its parent did not ask for.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """Runs in the child after it changed account, since changing account clears the request."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def children_of(parent):
    """Direct children of a process, read from /proc."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as handle:
                after_name = handle.read().rpartition(")")[2].split()
        except OSError:
            continue
        if len(after_name) > 1 and after_name[1] == str(parent):
            found.append(int(entry))
    return found


def send(pid, number):
    """Signal a process that may be gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def kill_tree(process):
    """Kill a server and all its backends without warning.

    PostgreSQL's backends lead sessions of their own, so a process group would miss them; the
    server is stopped first so that it cannot start another one meanwhile.
    """
    if process.poll() is None:
        send(process.pid, signal.SIGSTOP)
        for child in children_of(process.pid):
            send(child, signal.SIGKILL)
        send(process.pid, signal.SIGKILL)
        process.wait()


class Keeper:
    """Answers one request at a time about the servers, by name."""

    def __init__(self):
        self.servers = {}

    def start(self, request):
        """Start a server; its output goes to the named log."""
        with open(request["log"], "ab") as log:
            options = {}
            if request["uid"] is not None:
                options = {"user": request["uid"], "group": request["gid"], "extra_groups": []}
            self.servers[request["name"]] = subprocess.Popen(
                request["argv"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=request["environment"],
                preexec_fn=die_with_parent,
                **options,
            )
        return {"pid": self.servers[request["name"]].pid}

    def signal(self, request):
        """Send one signal to a server."""
        process = self.servers.get(request["name"])
        if process is not None and process.poll() is None:
            send(process.pid, request["number"])
        return {}

    def kill(self, request):
        """Kill a server and its backends at once."""
        process = self.servers.pop(request["name"], None)
        if process is not None:
            kill_tree(process)
        return {}

    def alive(self, request):
        """Whether a server still runs; a server that ended is forgotten."""
        process = self.servers.get(request["name"])
        running = process is not None and process.poll() is None
        if not running:
            self.servers.pop(request["name"], None)
        return {"alive": running}

    def answer(self, line):
        """Carry out one request and describe the outcome."""
        request = json.loads(line)
        actions = {"start": self.start, "signal": self.signal, "kill": self.kill, "alive": self.alive}
        try:
            return actions[request["do"]](request)
        except (OSError, subprocess.SubprocessError) as error:
            return {"error": str(error)}

    def run(self):
        """Serve until the parent is gone, then take every server down."""
        try:
            for line in sys.stdin:
                sys.stdout.write(json.dumps(self.answer(line)) + "\n")
                sys.stdout.flush()
        except BrokenPipeError:
            pass
        finally:
            for process in self.servers.values():
                kill_tree(process)


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    Keeper().run()
