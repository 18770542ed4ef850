"""A container's health check: `python -m common.probe URL` exits 0 when the URL answers 200 within 4 seconds."""

import sys
import urllib.error
import urllib.request


def main(url: str) -> int:
    if not url.startswith("http://"):
        return 2
    try:
        with urllib.request.urlopen(url, timeout=4) as answer:  # noqa: S310 - http only, checked above
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
