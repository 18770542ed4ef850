"""A load generator: `python -m bench.load HOST PORT PATH CONNECTIONS SECONDS` prints requests/s and p50/p99 in ms."""

import asyncio
import sys
import time

from bench.table import percentile


async def connection(host: str, port: int, request: bytes, until: float, times: list[float]) -> None:
    """Ask again and again on one kept-open connection."""
    reader, writer = await asyncio.open_connection(host, port)
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        lower = head.lower()
        if b"content-length:" in lower:
            await reader.readexactly(int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]))
        else:
            while size := int(await reader.readuntil(b"\r\n"), 16):
                await reader.readexactly(size + 2)
            await reader.readexactly(2)
        times.append(time.perf_counter() - began)
    writer.close()


async def main(host: str, port: int, path: str, connections: int, seconds: float) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: */*\r\n\r\n".encode()
    times: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(connection(host, port, request, began + seconds, times) for _ in range(connections)))
    rate = len(times) / (time.perf_counter() - began)
    print(f"{rate:.0f} {percentile(times, 0.5) * 1000:.2f} {percentile(times, 0.99) * 1000:.2f}")


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5])))
