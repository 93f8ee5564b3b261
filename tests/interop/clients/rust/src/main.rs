//! The interoperability program around `rust_socketio`. What it reads and writes is told in
//! `../../README.md`.
//!
//! Each socket is a process of its own, this program with an argument: orders of the library wait
//! for the server, and its thread spins for ever once a connection is over.
//!
//! Invariants:
//! - one line is one write to standard output, under its lock; nothing else is written there
//! - this process hands lines on, in both directions, and never waits for a socket
//! - a socket ends with its connection, or when this process does, whose end it sees as the end of
//!   its standard input

mod socket;

use serde_json::{json, Value};
use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{self, ChildStdin, Command, Stdio};
use std::thread;

/// The argument that makes a socket of the program.
const SOCKET: &str = "socket";

pub type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() {
    if env::args().nth(1).as_deref() == Some(SOCKET) {
        return socket::run();
    }
    tell(json!({ "tell": "ready", "client": "rust_socketio", "version": "0.6.0" }));
    let mut sockets = HashMap::new();
    for line in io::stdin().lines().map_while(Result::ok) {
        let order: Value = match serde_json::from_str(&line) {
            Ok(order) => order,
            Err(error) => {
                fault("", error);
                continue;
            }
        };
        if order["do"] == "exit" {
            break;
        }
        let id = text(&order, "id");
        if let Err(error) = obey(&order, &line, &mut sockets) {
            fault(id, error);
        }
    }
}

fn obey(order: &Value, line: &str, sockets: &mut HashMap<String, ChildStdin>) -> Outcome<()> {
    let id = text(order, "id");
    match text(order, "do") {
        "open" => {
            let mut socket = start(id)?;
            writeln!(socket, "{line}")?;
            sockets.insert(id.to_owned(), socket);
        }
        "join" => return Err("a connection of this library has one namespace".into()),
        "close" => {
            if let Some(socket) = sockets.get_mut(id) {
                // One that has ended needs no order.
                let _ = writeln!(socket, "{line}");
            }
        }
        "emit" | "ask" => {
            let socket = sockets.get_mut(id).ok_or("no such socket")?;
            writeln!(socket, "{line}").map_err(|_| "the socket has ended")?;
        }
        other => return Err(format!("no such order: {other}").into()),
    }
    Ok(())
}

/// Starts the process of a socket, whose lines are handed on by a thread.
fn start(id: &str) -> Outcome<ChildStdin> {
    let mut command = Command::new(env::current_exe()?);
    command
        .arg(SOCKET)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let input = child.stdin.take().ok_or("no input")?;
    let output = child.stdout.take().ok_or("no output")?;
    let id = id.to_owned();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            write(line);
        }
        match child.wait() {
            Ok(status) if status.success() => {}
            Ok(status) => fault(&id, format!("the library has ended: {status}")),
            Err(error) => fault(&id, error),
        }
    });
    Ok(input)
}

pub fn text<'a>(order: &'a Value, name: &str) -> &'a str {
    order[name].as_str().unwrap_or_default()
}

pub fn fault(id: &str, cause: impl Display) {
    let mut line = json!({ "tell": "fault", "text": cause.to_string() });
    if !id.is_empty() {
        line["id"] = json!(id);
    }
    tell(line);
}

pub fn tell(line: Value) {
    write(line.to_string());
}

fn write(mut line: String) {
    line.push('\n');
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(line.as_bytes())
        .and_then(|()| stdout.flush());
    // Nobody reads any more: the suite is gone.
    if written.is_err() {
        process::exit(1);
    }
}
