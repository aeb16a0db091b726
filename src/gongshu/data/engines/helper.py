"""The clean process that workers are forked from: one thread, no file, no secret, no network.

A web server has threads, open databases, keys in memory and variables in its environment;
a process forked from it would have them too. This one is started on its own
(`python -I -m gongshu.data.engines.helper <fd>`), imports DuckDB and Arrow, and then only
forks: each message on its socket carries one end of a socket pair and becomes a worker.
The answer carries a pidfd, by which the pool can kill that worker and never another
process that got the same number.

It ends, with all workers, when the pool's end of the socket is closed.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys

from gongshu.data.engines import sandbox, worker

# A closed socket says that the pool is gone; the parent's number says it even when a stray
# fork of the pool's process keeps the socket open.
LOOK_AT_PARENT_MS = 1000


def main(descriptor: int) -> None:
    control = socket.socket(fileno=descriptor)
    parent = os.getppid()
    sandbox.leave_the_network()
    if len(os.listdir("/proc/self/task")) != 1:
        raise SystemExit("an imported library has started a thread")
    gc.collect()
    gc.freeze()
    control.send(json.dumps({"status": "ready"}).encode())
    children: dict[int, int] = {}
    try:
        _fork_on_demand(control, parent, children)
    finally:
        for pidfd, pid in children.items():
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            os.waitpid(pid, 0)


def _fork_on_demand(control: socket.socket, parent: int, children: dict[int, int]) -> None:
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while os.getppid() == parent:
        for descriptor, _ in poll.poll(LOOK_AT_PARENT_MS):
            if descriptor in children:
                poll.unregister(descriptor)
                os.waitpid(children.pop(descriptor), 0)
                os.close(descriptor)
                continue
            message, passed, _, _ = socket.recv_fds(control, 16, 1, socket.MSG_CMSG_CLOEXEC)
            if not message:
                return
            pid, pidfd = _fork(socket.socket(fileno=passed[0]))
            children[pidfd] = pid
            poll.register(pidfd, select.POLLIN)
            socket.send_fds(control, [json.dumps({"pid": pid}).encode()], [pidfd])


def _fork(peer: socket.socket) -> tuple[int, int]:
    helper = os.getpid()
    pid = os.fork()
    if pid == 0:
        worker.run(peer, helper)
    peer.close()
    # Not reaped yet by anyone, so the number is still this child's.
    return pid, os.pidfd_open(pid)


if __name__ == "__main__":
    main(int(sys.argv[1]))
