//! Servers that are told beforehand what to answer, and asked afterwards what they were sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// What a server does with a connection.
pub(super) enum Answer {
    /// Says this, and ends the connection.
    Say(String),
    /// Says this, and nothing ever after.
    Stall(String),
}

impl Answer {
    /// An answer of HTTP.
    pub(super) fn status(status: u16, text: &str) -> Self {
        Self::Say(format!("HTTP/1.1 {status} Word\r\nContent-Length: {}\r\n\r\n{text}", text.len()))
    }
}

/// A server on this machine.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    received: Receiver<String>,
}

impl Server {
    /// A server of HTTP that gives these answers, each to one connection.
    pub(super) fn http(answers: impl IntoIterator<Item = Answer>) -> Self {
        let (mut answers, mut stalled) = (answers.into_iter().collect::<Vec<_>>().into_iter(), Vec::new());
        Self::start(move |mut stream, received| {
            let Some(request) = request(&stream) else { return };
            received.send(request).unwrap();
            match answers.next() {
                Some(Answer::Say(text)) => drop(stream.write_all(text.as_bytes())),
                Some(Answer::Stall(text)) => {
                    stream.write_all(text.as_bytes()).unwrap();
                    stalled.push(stream);
                }
                None => {}
            }
        })
    }

    /// A server of SMTP that answers this to a password.
    pub(super) fn smtp(password: &'static str) -> Self {
        Self::start(move |stream, received| drop(converse(&stream, password, received)))
    }

    /// What it was sent since it was last asked.
    pub(super) fn received(&self) -> Vec<String> {
        self.received.try_iter().collect()
    }

    fn start(mut serve: impl FnMut(TcpStream, &Sender<String>) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, received) = channel();
        thread::spawn(move || listener.incoming().for_each(|stream| serve(stream.unwrap(), &sender)));
        Self { address, received }
    }
}

/// A whole request; none where the connection ends before.
fn request(stream: &TcpStream) -> Option<String> {
    let (mut reader, mut head) = (BufReader::new(stream), String::new());
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).ok().filter(|read| *read > 0)?;
    }
    let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8(body).unwrap())
}

/// A header of a request or a mail.
pub(super) fn header(message: &str, name: &str) -> Option<String> {
    let lines = message.lines().take_while(|line| !line.is_empty());
    let value = |line: &str| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    };
    lines.filter_map(value).next()
}

/// What follows the headers.
pub(super) fn body(message: &str) -> &str {
    message.split_once("\r\n\r\n").unwrap().1
}

fn converse(stream: &TcpStream, password: &str, received: &Sender<String>) -> std::io::Result<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    writer.write_all(b"220 ready\r\n")?;
    let (mut line, mut said) = (String::new(), String::new());
    while reader.read_line(&mut line)? > 0 {
        let answer = match line.get(..4).unwrap_or_default() {
            "EHLO" => "250-test\r\n250 AUTH PLAIN\r\n",
            "AUTH" => password,
            "DATA" => {
                writer.write_all(b"354 go on\r\n")?;
                while !said.ends_with("\r\n.\r\n") {
                    reader.read_line(&mut said)?;
                }
                received.send(std::mem::take(&mut said)).unwrap();
                "250 taken\r\n"
            }
            _ => "250 yes\r\n",
        };
        writer.write_all(answer.as_bytes())?;
        line.clear();
    }
    Ok(())
}

/// TLS before a server, with the certificate of the fixtures.
pub(super) struct Tls {
    pub(super) port: u16,
    process: Child,
}

impl Tls {
    pub(super) fn before(server: &Server) -> Self {
        let mut command = Command::new("python3");
        command.args(["terminate_tls.py", "server.pem", "server.key"].map(fixture));
        command.arg(server.address.port().to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { port: line.trim().parse().unwrap(), process }
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

pub(super) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}
