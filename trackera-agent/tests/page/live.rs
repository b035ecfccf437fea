//! Events for browsers, and the end of all of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::time::timeout;
use trackera_agent::page::{Listener, router, serve};
use trackera_core::company::record::Listen;

use crate::estate::{NOW, Told, drifted};
use crate::web::Served;

const PATIENCE: Duration = Duration::from_secs(10);

async fn listen(served: &Served) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut reader = BufReader::new(stream);
    let head = until(&mut reader, "\r\n").await;
    assert!(head.contains("text/event-stream"), "{head}");
    reader
}

/// Reads lines up to one that is known, with it.
async fn until(reader: &mut BufReader<TcpStream>, last: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(&format!("\n{last}")) {
        let read = timeout(PATIENCE, reader.read_line(&mut text)).await.unwrap().unwrap();
        assert_ne!(read, 0, "it ended after {text}");
    }
    text
}

#[tokio::test]
async fn a_change_gives_an_event_and_the_end_of_the_agent_ends_all() {
    let served = Served::new(drifted()).await;
    let mut events = listen(&served).await;
    served.view.send_replace(Arc::new(drifted()));
    let event = until(&mut events, "event: changed\n").await;
    assert!(event.contains("event: changed"), "{event}");
    served.end.send(()).unwrap();
    let mut rest = String::new();
    timeout(PATIENCE, events.read_to_string(&mut rest)).await.unwrap().unwrap();
    timeout(PATIENCE, served.ended).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn many_changes_give_one_event_a_second() {
    let served = Served::new(drifted()).await;
    let mut reader = listen(&served).await;
    let begin = tokio::time::Instant::now();
    for _ in 0..3 {
        served.view.send_replace(Arc::new(drifted()));
        served.view.send_replace(Arc::new(drifted()));
        until(&mut reader, "event: changed\n").await;
    }
    assert!(begin.elapsed() >= Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_socket_serves_the_same_and_outlives_a_crash() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("status.sock");
    // What a dead agent leaves behind is a file that nobody answers at.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let listen = Listen::Socket(path.clone());
    let listener = Listener::bind(&listen).await.unwrap();
    assert!(Listener::bind(&listen).await.is_err(), "one that answers is not taken over");
    let (_sender, view) = watch::channel(Arc::new(drifted()));
    tokio::spawn(serve(listener, router(view, Arc::new(Told), Arc::new(|| NOW)), std::future::pending()));
    for (host, status) in [("localhost", "200"), ("evil.example", "421")] {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        let request = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
    }
}
