//! One socket, with the blocking client of the library: that one tells the end of a connection, and
//! reads the answer to a poll whole.
//!
//! Invariants:
//! - orders are carried out one after the other, on the main thread, the first of them opens
//! - that the socket is disconnected is told once for each time that it was connected
//! - the process ends after an order to close, and when a connection is over that is not to be opened
//!   again
//!
//! What the library cannot do, so that an order becomes a `fault`, or a line is missing:
//! - join a further namespace: a connection has one
//! - send bytes beside other arguments, inside of them, or with an `ask`, which it writes as an answer
//! - read bytes beside other arguments or inside of them: the event has them in its name
//! - give the id of a socket, a reason of the server, or the acknowledgement that an event wants
//! - give the name of an event without arguments: it is `message`, with the name as argument
//! - tell answers apart when many are awaited: their ids are drawn at random from 999 numbers
//! - notice, over polling, that the server has closed the connection

use crate::{fault, tell, text, Outcome};
use rust_socketio::client::Client;
use rust_socketio::{ClientBuilder, Event, Payload, TransportType};
use serde_json::{json, Value};
use std::io;
use std::panic;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const BYTES_KEY: &str = "$bytes";
/// The bounds of the delay between two attempts to reconnect, in milliseconds.
const RECONNECT_DELAY: (u64, u64) = (100, 200);
/// How the library words the refusal of the server, which follows, and the end of a connection.
const REFUSED: &str = "Received an ConnectError frame: ";
const LOST: &str = "EngineIO Error";

pub fn run() {
    let orders = orders();
    let Ok(first) = orders.recv() else { return };
    let id = text(&first, "id").to_owned();
    let panicked = id.clone();
    panic::set_hook(Box::new(move |panic| fault(&panicked, panic)));
    let client = match open(&first, &id) {
        Ok(client) => client,
        Err(error) => return fault(&id, error),
    };
    for order in orders {
        let done = match text(&order, "do") {
            "emit" => emit(&order, &client),
            "ask" => ask(&order, &id, &client),
            _ => client.disconnect().map_err(Into::into),
        };
        if let Err(error) = done {
            fault(&id, error);
        }
        if order["do"] == "close" {
            return;
        }
    }
}

/// Reads ahead, so that whoever gives the orders never waits.
fn orders() -> Receiver<Value> {
    let (sender, orders) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            // Was read once before, by who hands it on.
            let _ = sender.send(serde_json::from_str(&line).unwrap_or_default());
        }
        process::exit(0);
    });
    orders
}

fn open(order: &Value, id: &str) -> Outcome<Client> {
    let transport = match text(order, "transport") {
        "polling" => TransportType::Polling,
        "websocket" => TransportType::Websocket,
        _ => TransportType::WebsocketUpgrade,
    };
    let reconnect = order["reconnect"] == true;
    let socket = Arc::new(Socket {
        id: id.to_owned(),
        reconnect,
        connected: AtomicBool::new(false),
        lost: AtomicBool::new(false),
    });
    let (connect, close) = (socket.clone(), socket.clone());
    let (error, any) = (socket.clone(), socket);

    let client = ClientBuilder::new(text(order, "url"))
        .namespace(text(order, "namespace"))
        .transport_type(transport)
        .auth(order["auth"].clone())
        .reconnect(reconnect)
        .reconnect_delay(RECONNECT_DELAY.0, RECONNECT_DELAY.1)
        .on(Event::Connect, move |_, _| connect.on_connect())
        .on(Event::Close, move |_, _| close.on_close())
        .on(Event::Error, move |payload, _| error.on_error(payload))
        .on_any(move |event, payload, _| any.on_event(event, payload))
        .connect()?;
    Ok(client)
}

fn emit(order: &Value, client: &Client) -> Outcome<()> {
    client.emit(text(order, "event"), unpack(order)?)?;
    Ok(())
}

fn ask(order: &Value, id: &str, client: &Client) -> Outcome<()> {
    let payload = unpack(order)?;
    if matches!(payload, Payload::Binary(_)) {
        return Err("this library cannot ask with bytes".into());
    }
    let (id, number) = (id.to_owned(), order["ask"].clone());
    let answered = move |payload, _| {
        let mut args = pack(payload);
        // The arguments come as one argument, the array of them.
        if args[0].is_array() {
            args = args[0].take();
        }
        tell(json!({ "tell": "answer", "id": id, "ask": number, "args": args }));
    };
    client.emit_with_ack(text(order, "event"), payload, Duration::MAX, answered)?;
    Ok(())
}

/// What becomes of the connection, as the library tells it.
struct Socket {
    id: String,
    reconnect: bool,
    connected: AtomicBool,
    lost: AtomicBool,
}

impl Socket {
    fn on_connect(&self) {
        self.connected.store(true, Ordering::SeqCst);
        tell(json!({ "tell": "connect", "id": self.id }));
    }

    fn on_event(&self, event: Event, payload: Payload) {
        let (event, args) = (String::from(event), pack(payload));
        tell(json!({ "tell": "event", "id": self.id, "event": event, "args": args }));
    }

    fn on_error(&self, payload: Payload) {
        let args = pack(payload);
        let words = args[0].as_str().unwrap_or_default();
        if let Some(refusal) = words.strip_prefix(REFUSED) {
            let data = serde_json::from_str(refusal).unwrap_or_else(|_| json!(refusal));
            tell(json!({ "tell": "refused", "id": self.id, "data": data }));
        } else if words == LOST {
            self.lost.store(true, Ordering::SeqCst);
            self.tell_end(json!({ "tell": "disconnect", "id": self.id, "reason": LOST }));
        } else {
            fault(&self.id, words);
        }
    }

    /// Runs after the library has disconnected, for whatever reason.
    fn on_close(&self) {
        self.tell_end(json!({ "tell": "disconnect", "id": self.id }));
        if self.lost.load(Ordering::SeqCst) && !self.reconnect {
            process::exit(0);
        }
    }

    fn tell_end(&self, line: Value) {
        if self.connected.swap(false, Ordering::SeqCst) {
            tell(line);
        }
    }
}

/// The arguments of an order as the library takes them: bytes alone, or JSON.
fn unpack(order: &Value) -> Outcome<Payload> {
    let args = order["args"].as_array().cloned().unwrap_or_default();
    if let [Value::Object(only)] = args.as_slice() {
        if let Some(digits) = only.get(BYTES_KEY).and_then(Value::as_str) {
            return Ok(Payload::from(from_hex(digits)?));
        }
    }
    if args.iter().any(has_bytes) {
        return Err("this library sends bytes as the only argument".into());
    }
    Ok(Payload::from(args))
}

fn has_bytes(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_bytes),
        Value::Object(parts) => parts.contains_key(BYTES_KEY) || parts.values().any(has_bytes),
        _ => false,
    }
}

/// The opposite of `unpack`: the array of the arguments.
fn pack(payload: Payload) -> Value {
    match payload {
        Payload::Text(args) => Value::Array(args),
        Payload::Binary(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            json!([{ BYTES_KEY: digits }])
        }
        #[allow(deprecated)]
        Payload::String(text) => json!([text]),
    }
}

fn from_hex(digits: &str) -> Outcome<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?))
        .collect()
}
