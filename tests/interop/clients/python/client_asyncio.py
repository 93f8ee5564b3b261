"""python-socketio with asyncio: `python client_asyncio.py`.

- A library's client is one connection; all its namespaces are named when it connects.
- `open` and `close` wait for the connection, so each is a task; all other orders are done as they come.
"""

import asyncio
import importlib.metadata
import sys

import socketio
import wire

LONGEST_LINE = 64 * 1024 * 1024


class Sockets:
    """Clients of the library and namespaces, by the ids of the suite."""

    def __init__(self):
        self._places = {}
        self._tasks = set()

    async def open(self, order):
        options = wire.RECONNECTION if order["reconnect"] else {}
        client = socketio.AsyncClient(
            reconnection=order["reconnect"], handle_sigint=False, **options
        )
        for namespace, id in wire.namespaces_of(order).items():
            self._places[id] = (client, namespace)
            listen(client, namespace, id)
        self._begin(connect(client, order))

    async def emit(self, order):
        client, namespace = self._places[order["id"]]
        await client.emit(order["event"], order["args"], namespace=namespace)

    async def ask(self, order):
        client, namespace = self._places[order["id"]]
        id, ask = order["id"], order["ask"]
        await client.emit(
            order["event"],
            order["args"],
            namespace=namespace,
            callback=lambda *args: wire.tell_answer(id, ask, args),
        )

    async def close(self, order):
        client, _ = self._places.pop(order["id"], (None, None))
        if client is not None:
            self._begin(client.shutdown())

    def _begin(self, work):
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def listen(client, namespace, id):
    def on(event, handler):
        client.on(event, handler, namespace=namespace)

    on("connect", lambda: wire.tell("connect", id=id, sid=client.get_sid(namespace)))
    on("disconnect", lambda reason: wire.tell("disconnect", id=id, reason=reason))
    on("connect_error", lambda data=None: wire.tell_refused(id, data))
    on("*", lambda event, *args: wire.tell_event(id, event, args))


async def connect(client, order):
    try:
        await client.connect(
            order["url"],
            auth=order["auth"],
            transports=wire.TRANSPORTS[order["transport"]],
            namespaces=list(wire.namespaces_of(order)),
            wait=False,
        )
    except Exception as error:
        wire.tell("fault", id=order["id"], text=repr(error))


async def main():
    sockets = Sockets()
    orders = {"open": sockets.open, "emit": sockets.emit, "ask": sockets.ask}
    orders["close"] = sockets.close
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    wire.ready(importlib.metadata.version("python-socketio"))
    while line := await reader.readline():
        order = wire.read_order(line)
        if order["do"] == "exit":
            return
        try:
            await orders[order["do"]](order)
        except Exception as error:
            wire.tell("fault", id=order.get("id"), text=repr(error))


asyncio.run(main())
