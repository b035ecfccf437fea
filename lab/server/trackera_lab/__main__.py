"""Starts one lab and stays until it is told to stop: by the control interface, a signal, or the end of its parent."""

from __future__ import annotations

import argparse
import json
import logging
import os
import pathlib
import shutil
import signal
import sys
import threading
from typing import Any

from trackera_lab import clock, corrections, emulator
from trackera_lab.answers import Answer
from trackera_lab.context import Context
from trackera_lab.serving import Server


def main() -> int:
    """Run the lab, or clean up after one that was killed."""
    arguments = _arguments()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Before anything imports moto or botocore, which read the environment as they are imported.
    emulator.prepare()
    if arguments.clean:
        from trackera_lab import databases

        databases.clean(arguments.home.resolve())
        return 0
    if arguments.detach:
        os.setsid()
    return _serve(arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="trackera_lab", description="Serves one lab; `trackera-lab` starts it.")
    parser.add_argument("--name", default="default")
    parser.add_argument("--home", type=pathlib.Path, required=True, help="the directory of this lab alone")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--detach", action="store_true", help="leave the terminal's session")
    parser.add_argument("--follow-stdin", action="store_true", help="stop when standard input ends")
    parser.add_argument("--clean", action="store_true", help="remove what a killed lab left running, then end")
    return parser.parse_args()


def _serve(arguments: argparse.Namespace) -> int:
    _check_postgresql()
    arguments.home.mkdir(parents=True, exist_ok=True)
    clock.install()
    corrections.install()
    late: dict[str, Any] = {}
    server = Server(arguments.port, lambda environ: late["answer"](environ))
    context = Context(name=arguments.name, home=arguments.home.resolve(), port=server.server_port)
    lab, late["answer"] = _assemble(context)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: lab.stop())
    if arguments.follow_stdin:
        threading.Thread(target=_follow_stdin, args=(lab,), daemon=True).start()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
    _announce(context, lab)
    while not lab.stopping.wait(1.0):
        pass
    server.socket.close()
    lab.close()
    if arguments.follow_stdin:
        # Whoever started this lab may be gone, so nobody else would remove its directory.
        shutil.rmtree(context.home, ignore_errors=True)
    sys.stderr.flush()
    # Threads that serve a hanging call would keep the interpreter from ending.
    os._exit(0)


def _check_postgresql() -> None:
    """Say in one line what is missing, before anything was started."""
    from trackera_lab.databases.site import find_tools

    try:
        find_tools()
    except RuntimeError as failure:
        sys.exit(f"the PostgreSQL server is missing: run `make setup` ({failure})")


def _assemble(context: Context) -> tuple[Any, Any]:
    from trackera_lab.application import Application
    from trackera_lab.control import PREFIX, Control
    from trackera_lab.lab import Lab

    moto = emulator.Emulator()
    lab = Lab(context, moto)
    application, control = Application(moto), Control(lab)

    def answer(environ: dict[str, Any]) -> Answer | None:
        if environ["PATH_INFO"].startswith(PREFIX):
            return control.answer(environ)
        return application.answer(environ)

    return lab, answer


def _follow_stdin(lab: Any) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    lab.stop()


def _announce(context: Context, lab: Any) -> None:
    """Write `lab.json` in one move: whoever finds it finds a lab that answers."""
    status = lab.status()
    document = {
        "name": context.name,
        "endpoint": context.endpoint,
        "pid": os.getpid(),
        "account": context.account,
        "regions": status["regions"],
        "ca": lab.certificate(),
        "databases": status["databases"],
    }
    unfinished = context.home / "lab.json.new"
    unfinished.write_text(json.dumps(document, indent=2) + "\n")
    unfinished.rename(context.home / "lab.json")


if __name__ == "__main__":
    sys.exit(main())
