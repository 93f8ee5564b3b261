"""What both programs share: orders, what is told, and how binary data is written down."""

import json
import sys
import threading

import engineio.payload

TRANSPORTS = {
    "polling": ["polling"],
    "websocket": ["websocket"],
    "upgrade": ["polling", "websocket"],
}
RECONNECTION = {
    "reconnection_delay": 0.1,
    "reconnection_delay_max": 0.2,
    "randomization_factor": 0,
}

# The library takes 16 packets of a polling request, and ends the connection when there are more:
# whoever expects many raises this, as its documentation says.
engineio.payload.Payload.max_decode_packets = 1000

_printing = threading.Lock()


def tell(what, **details):
    """Writes one line, whichever thread calls."""
    line = json.dumps({"tell": what, **details})
    with _printing:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def ready(version):
    tell("ready", client="python-socketio", version=version)


def read_order(line):
    order = json.loads(line)
    order["args"] = tuple(decode(arg) for arg in order.get("args", ()))
    return order


def namespaces_of(order):
    """The ids of the sockets of an `open`, by namespace."""
    ids = {order["namespace"]: order["id"]}
    if "also" in order:
        ids[order["also"]["namespace"]] = order["also"]["id"]
    return ids


def tell_event(id, event, args):
    """Tells of an event, and gives what its acknowledgement is to have."""
    tell("event", id=id, event=event, args=[encode(arg) for arg in args])
    return args


def tell_answer(id, ask, args):
    tell("answer", id=id, ask=ask, args=[encode(arg) for arg in args])


def tell_refused(id, data):
    """The library tells in one event of servers that refuse, and of those that cannot be reached."""
    if isinstance(data, dict):
        tell("refused", id=id, data=data)
    else:
        tell("fault", id=id, text=str(data))


def encode(value):
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": value.hex()}
    return _map_parts(value, encode)


def decode(value):
    if isinstance(value, dict) and isinstance(value.get("$bytes"), str):
        return bytes.fromhex(value["$bytes"])
    return _map_parts(value, decode)


def _map_parts(value, change):
    if isinstance(value, (list, tuple)):
        return [change(part) for part in value]
    if isinstance(value, dict):
        return {key: change(part) for key, part in value.items()}
    return value
