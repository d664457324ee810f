"""Citizens who read public pages at a steady pace, in a process of their own: `python -m bench.readers URL`.

Apart from the callers, whose answer times they would otherwise make longer by themselves. It says that it
begins, reads until its input ends, and then says how many pages were answered.
"""

from __future__ import annotations

import http.client
import sys
import threading
import time
from urllib.parse import urlsplit

A_SECOND, READERS = 200, 8
PATHS = ("/", "/ket-qua", "/tra-loi")


def main(url: str) -> None:
    """Ask for `A_SECOND` pages a second together until the input ends."""
    over, answered = threading.Event(), [0] * READERS
    threads = [
        threading.Thread(target=_read, args=(url, reader, over, answered)) for reader in range(READERS)
    ]
    for thread in threads:
        thread.start()
    print("reading", flush=True)
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    print(sum(answered), flush=True)


def _read(url: str, reader: int, over: threading.Event, answered: list[int]) -> None:
    address, pause = urlsplit(url), READERS / A_SECOND
    browser = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    due = time.monotonic() + pause * reader / READERS
    while not over.wait(max(0.0, due - time.monotonic())):
        try:
            browser.request("GET", PATHS[(answered[reader] + reader) % len(PATHS)])
            answer = browser.getresponse()
            answer.read()
            answered[reader] += answer.status == 200
        except (OSError, http.client.HTTPException):
            browser.close()
        due += pause
    browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
