"""Control of processes started by tests."""

import os
import signal
import subprocess


def stop_process(process: subprocess.Popen, patience: float = 30.0, *, group: bool = False) -> None:
    """Ask a process, or its whole group, to end, and kill it after `patience` seconds.

    A server on a busy machine may end slowly, which must not fail its test.
    """

    def send(number: signal.Signals) -> None:
        if group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)

    send(signal.SIGTERM)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        send(signal.SIGKILL)
        process.wait()
