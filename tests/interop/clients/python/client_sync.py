"""python-socketio with threads: `python client_sync.py`.

- A library's client is one connection; all its namespaces are named when it connects.
- `open` waits for the connection, so each has a thread; all other orders are done as they come.
"""

import importlib.metadata
import sys
import threading

import socketio
import wire


class Sockets:
    """Clients of the library and namespaces, by the ids of the suite."""

    def __init__(self):
        self._places = {}

    def open(self, order):
        options = wire.RECONNECTION if order["reconnect"] else {}
        client = socketio.Client(
            reconnection=order["reconnect"], handle_sigint=False, **options
        )
        for namespace, id in wire.namespaces_of(order).items():
            self._places[id] = (client, namespace)
            listen(client, namespace, id)
        threading.Thread(target=connect, args=(client, order), daemon=True).start()

    def emit(self, order):
        client, namespace = self._places[order["id"]]
        client.emit(order["event"], order["args"], namespace=namespace)

    def ask(self, order):
        client, namespace = self._places[order["id"]]
        id, ask = order["id"], order["ask"]
        client.emit(
            order["event"],
            order["args"],
            namespace=namespace,
            callback=lambda *args: wire.tell_answer(id, ask, args),
        )

    def close(self, order):
        client, _ = self._places.pop(order["id"], (None, None))
        if client is not None:
            # The end of the connection is waited for, which other sockets must not notice.
            threading.Thread(target=client.shutdown, daemon=True).start()


def listen(client, namespace, id):
    def on(event, handler):
        client.on(event, handler, namespace=namespace)

    on("connect", lambda: wire.tell("connect", id=id, sid=client.get_sid(namespace)))
    on("disconnect", lambda reason: wire.tell("disconnect", id=id, reason=reason))
    on("connect_error", lambda data=None: wire.tell_refused(id, data))
    on("*", lambda event, *args: wire.tell_event(id, event, args))


def connect(client, order):
    try:
        client.connect(
            order["url"],
            auth=order["auth"],
            transports=wire.TRANSPORTS[order["transport"]],
            namespaces=list(wire.namespaces_of(order)),
            wait=False,
        )
    except Exception as error:
        wire.tell("fault", id=order["id"], text=repr(error))


def main():
    sockets = Sockets()
    orders = {"open": sockets.open, "emit": sockets.emit, "ask": sockets.ask}
    orders["close"] = sockets.close
    wire.ready(importlib.metadata.version("python-socketio"))
    for line in sys.stdin:
        order = wire.read_order(line)
        if order["do"] == "exit":
            return
        try:
            orders[order["do"]](order)
        except Exception as error:
            wire.tell("fault", id=order.get("id"), text=repr(error))


main()
