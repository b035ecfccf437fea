//! Whoever an agent tells: a receiver of webhooks that keeps what it hears.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::agent::PATIENCE;

/// A notice as a receiver got it.
#[derive(Clone, Debug)]
pub struct Notice {
    /// When its last byte arrived.
    pub at: Instant,
    /// The idempotency key.
    pub key: String,
    /// The generic form of a notice.
    pub body: Value,
}

impl Notice {
    /// The items about a policy.
    pub fn about<'a>(&'a self, policy: &'a str) -> impl Iterator<Item = &'a Value> {
        let items = self.body.get("items").and_then(Value::as_array).into_iter().flatten();
        items.filter(move |item| item.get("policy").and_then(Value::as_str) == Some(policy))
    }
}

/// Whoever is told: a receiver of webhooks on loopback.
pub struct Hearer {
    /// Its address.
    pub url: String,
    notices: Receiver<Notice>,
}

impl Hearer {
    /// Begins to listen.
    pub fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (sender, notices) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                thread::spawn(move || answer(stream, &sender));
            }
        });
        Self { url: format!("http://{address}/hook"), notices }
    }

    /// The next notice; nothing when none comes in time.
    pub fn next(&self, limit: Duration) -> Option<Notice> {
        self.notices.recv_timeout(limit).ok()
    }

    /// Waits for a notice about a policy whose item satisfies a condition.
    pub fn about(&self, policy: &str, is_wanted: impl Fn(&Value) -> bool) -> Notice {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Some(notice) = self.next(left) else { panic!("nobody was told of `{policy}` within {PATIENCE:?}") };
            if notice.about(policy).any(&is_wanted) {
                return notice;
            }
        }
    }

    /// Everything that was heard and not asked for yet.
    pub fn rest(&self) -> Vec<Notice> {
        self.notices.try_iter().collect()
    }
}

fn answer(stream: TcpStream, sender: &Sender<Notice>) {
    let mut reader = BufReader::new(&stream);
    let (mut length, mut key, mut line) = (0, String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "idempotency-key" => value.trim().clone_into(&mut key),
            _ => {}
        }
        line.clear();
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_ok() {
        let body = serde_json::from_slice(&body).unwrap_or_default();
        drop(sender.send(Notice { at: Instant::now(), key, body }));
        drop((&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"));
    }
}
