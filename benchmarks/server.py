"""A server that costs next to nothing: one fixed chat completion for every request, after a latency.

python benchmarks/server.py LATENCY_S        # prints its port
"""

from __future__ import annotations

import asyncio
import json
import sys

QUOTE = "the kettle was already warm"
"""Every transcript holds this sentence, and every reply quotes it."""
REPLY = {
    "holds": {"reason": "It says so in as many words, and nothing else in it speaks against it.", "evidence": [QUOTE]},
    "explanation": "One question, answered from one quote.",
}
REPLY["holds"]["answer"] = "yes"  # type: ignore[index]


def completion() -> bytes:
    body = json.dumps(
        {
            "id": "chatcmpl-0",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": json.dumps(REPLY)},
                }
            ],
            "usage": {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960},
        }
    ).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


class Connection(asyncio.Protocol):
    """Reads requests by their Content-Length, and answers each in its turn."""

    def __init__(self, latency_s: float, reply: bytes) -> None:
        self._latency_s, self._reply = latency_s, reply
        self._data = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._data[:end]).lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._data) < end + 4 + length:
                return
            del self._data[: end + 4 + length]
            if self._latency_s:
                asyncio.get_running_loop().call_later(self._latency_s, self._answer)
            else:
                self._answer()

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._reply)


async def main(latency_s: float) -> None:
    reply = completion()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(latency_s, reply), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
