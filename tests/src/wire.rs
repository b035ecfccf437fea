//! Just enough of HTTP/1.1 to pass requests on, keep answers and give them again.

use std::io::{self, BufRead, Read, Write};
use std::net::TcpStream;

/// A request or an answer: its first line, its headers and its body.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// What is asked, or the status.
    pub start: String,
    /// The headers, their names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// Reads one message; `None` when the other side has nothing more to say. `has_body` is false for an answer to HEAD.
    ///
    /// # Errors
    /// Fails where the other side hangs up in the middle.
    pub fn read(stream: &mut impl BufRead, has_body: HasBody) -> io::Result<Option<Self>> {
        let mut message = Self { start: line(stream)?, ..Self::default() };
        if message.start.is_empty() {
            return Ok(None);
        }
        loop {
            let header = line(stream)?;
            let Some((name, value)) = header.split_once(':') else { break };
            message.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if has_body == HasBody::Yes {
            let length = message.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            message.body = vec![0; length];
            stream.read_exact(&mut message.body)?;
        }
        Ok(Some(message))
    }

    /// Sends the message.
    ///
    /// # Errors
    /// Fails where the other side has hung up.
    pub fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(1024 + self.body.len());
        write!(bytes, "{}\r\n", self.start)?;
        for (name, value) in &self.headers {
            write!(bytes, "{name}: {value}\r\n")?;
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        stream.write_all(&bytes)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What makes two requests the same: everything but their signature and their moment.
    pub fn key(&self) -> String {
        let target = self.header("x-amz-target").unwrap_or_default();
        format!("{}\n{target}\n{}\n{}", self.start, self.scope(), String::from_utf8_lossy(&self.body))
    }

    /// The region and the service that a request was signed for.
    pub fn scope(&self) -> String {
        let credential =
            self.header("authorization").and_then(|text| text.split("Credential=").nth(1)).unwrap_or_default();
        let parts: Vec<&str> = credential.split('/').collect();
        match parts.as_slice() {
            [_, _, region, service, ..] => format!("{region}/{service}"),
            _ => String::new(),
        }
    }

    /// Whether the answer to this request brings a body.
    pub fn answer_has_body(&self) -> HasBody {
        if self.start.starts_with("HEAD ") { HasBody::No } else { HasBody::Yes }
    }
}

/// Whether a message brings what its length says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HasBody {
    /// It does.
    Yes,
    /// It does not, as after HEAD.
    No,
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.take(1 << 16).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
