"""Drives the embedded sandbox with the official Python SDK: what works there must work here.

Usage: official_sdk.py PATH-OF-E2B-TUI. Needs the package `e2b` and the port 49983, which the SDK's debug mode fixes.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

os.environ["E2B_DEBUG"] = "true"
os.environ.setdefault("E2B_API_KEY", "e2b_" + "0" * 40)

from e2b import FileType, PtySize, Sandbox  # noqa: E402  (reads the environment on import)
from e2b.exceptions import NotFoundException  # noqa: E402
from e2b.sandbox.commands.command_handle import CommandExitException  # noqa: E402

PORT = 49983
passed = 0


def check(condition, what):
    global passed
    if not condition:
        raise SystemExit(f"FAILED: {what}")
    passed += 1
    print(f"ok {what}", flush=True)


def wait_for(condition, what, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"FAILED: {what}: nothing within {seconds} s")
        time.sleep(0.02)
    check(True, what)


def wait_until_served(server):
    deadline = time.monotonic() + 10
    while True:
        if server.poll() is not None:
            raise SystemExit(f"FAILED: the server ended with {server.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=1) as reply:
                return check(reply.status == 204, "GET /health gives 204")
        except OSError:
            if time.monotonic() > deadline:
                raise SystemExit("FAILED: the server does not answer")
            time.sleep(0.02)


def commands(sandbox):
    result = sandbox.commands.run("echo out; echo err >&2")
    check((result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 0), "a command's two outputs")
    try:
        sandbox.commands.run("exit 7")
        check(False, "a failing command raises")
    except CommandExitException as error:
        check(error.exit_code == 7, "a failing command's exit code")
    result = sandbox.commands.run("echo $GREETING from $(pwd)", envs={"GREETING": "hello"}, cwd="/tmp")
    check(result.stdout == "hello from /tmp\n", "variables and directory")
    seen = []
    sandbox.commands.run("for i in 1 2 3; do echo $i; done", on_stdout=seen.append)
    check("".join(seen) == "1\n2\n3\n", "streamed output")
    background = sandbox.commands.run("cat", background=True, stdin=True)
    check(background.pid in [info.pid for info in sandbox.commands.list()], "a background command is listed")
    sandbox.commands.send_stdin(background.pid, "typed\n")
    sandbox.commands.close_stdin(background.pid)
    check(background.wait().stdout == "typed\n", "standard input with an end")
    sleeper = sandbox.commands.run("sleep 100", background=True)
    check(sandbox.commands.kill(sleeper.pid), "kill")
    check(not sandbox.commands.kill(sleeper.pid + 1_000_000), "killing what is not there says so")
    joined = sandbox.commands.run("sleep 0.3; echo late", background=True)
    check(sandbox.commands.connect(joined.pid).wait().stdout == "late\n", "joining a command that runs")


def terminal(sandbox):
    output = bytearray()
    handle = sandbox.pty.create(PtySize(rows=24, cols=80), timeout=0)
    reader = threading.Thread(target=lambda: read_pty(handle, output), daemon=True)
    reader.start()
    sandbox.pty.send_stdin(handle.pid, b"stty size\n")
    wait_for(lambda: b"24 80" in output, "a terminal has its size")
    sandbox.pty.resize(handle.pid, PtySize(rows=40, cols=100))
    sandbox.pty.send_stdin(handle.pid, b"stty size\n")
    wait_for(lambda: b"40 100" in output, "a terminal is resized")
    check(sandbox.pty.kill(handle.pid), "a terminal is killed")
    reader.join(10)
    check(not reader.is_alive(), "its stream ends")


def read_pty(handle, output):
    try:
        handle.wait(on_pty=output.extend)
    except CommandExitException:
        pass


def files(sandbox, folder):
    path = f"{folder}/made/notes.txt"
    info = sandbox.files.write(path, "first line\n")
    check(info.path == path, "a file is written, its folder made")
    check(sandbox.files.read(path) == "first line\n", "a file is read")
    check(bytes(sandbox.files.read(path, format="bytes")) == b"first line\n", "a file is read as bytes")
    big = os.urandom(3_000_000)
    sandbox.files.write(f"{folder}/big", big)
    check(bytes(sandbox.files.read(f"{folder}/big", format="bytes")) == big, "three megabytes there and back")
    entries = {entry.name: entry.type for entry in sandbox.files.list(folder)}
    check(entries == {"made": FileType.DIR, "big": FileType.FILE}, "a folder is listed")
    check(sandbox.files.exists(path), "what exists exists")
    check(not sandbox.files.exists(f"{folder}/nothing"), "what does not exist does not")
    check(sandbox.files.make_dir(f"{folder}/new"), "a folder is made")
    check(not sandbox.files.make_dir(f"{folder}/new"), "a folder that exists is not made again")
    moved = sandbox.files.rename(path, f"{folder}/moved.txt")
    check(moved.path == f"{folder}/moved.txt", "a file is renamed")
    check(sandbox.files.get_info(f"{folder}/moved.txt").size == 11, "its size is told")
    watcher = sandbox.files.watch_dir(folder, recursive=True)
    sandbox.files.write(f"{folder}/new/watched.txt", "x")
    names = set()

    def seen():
        names.update(event.name for event in watcher.get_new_events())
        return "new/watched.txt" in names

    wait_for(seen, "a change is watched")
    watcher.stop()
    sandbox.files.remove(f"{folder}/moved.txt")
    try:
        sandbox.files.read(f"{folder}/moved.txt")
        check(False, "reading what was removed raises")
    except NotFoundException:
        check(True, "reading what was removed raises")


def main():
    server = subprocess.Popen([sys.argv[1], "serve", "--no-token", "--port", str(PORT)], stdin=subprocess.DEVNULL)
    try:
        wait_until_served(server)
        sandbox = Sandbox.create()
        commands(sandbox)
        terminal(sandbox)
        with tempfile.TemporaryDirectory() as folder:
            files(sandbox, folder)
    finally:
        server.terminate()
        server.wait(10)
    print(f"{passed} passed, 0 failed")


if __name__ == "__main__":
    main()
