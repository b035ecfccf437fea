//! Mail through a server of the company's choice, encrypted from the first byte.
//!
//! What a server answers is not told but for its code: it may repeat whatever it was sent.

use std::time::Duration;

use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::SUBMISSIONS_PORT;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransport, Error as SmtpError};
use lettre::{AsyncTransport as _, Tokio1Executor};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::time::timeout;
use trackera_watch::alerts::Mail;
use trackera_world::SecretText;

use super::web::is_untrusted;

const AUTOMATIC: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// How servers are reached.
pub struct Mailer {
    /// The port, on which TLS begins with the first byte.
    pub port: u16,
    /// For one address of the server.
    pub connect: Duration,
    /// For all of it.
    pub total: Duration,
    /// A root certificate besides those of this machine, in PEM.
    pub root: Option<Vec<u8>>,
}

/// A server, and who writes to whom.
pub struct Account<'a> {
    /// The server.
    pub host: &'a str,
    /// The user.
    pub user: &'a str,
    /// The password.
    pub password: &'a SecretText,
    /// The sender.
    pub from: &'a str,
    /// The receivers.
    pub to: &'a [String],
}

/// Why a server did not take a mail.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MailTrouble {
    /// Something that was declared is no address of mail.
    #[error("`{}` is no address of mail", .0.escape_debug())]
    NoAddress(String),
    /// The mail, or the certificate that was handed in, has no form that can be sent.
    #[error("the mail cannot be put into form")]
    NoForm,
    /// There is no connection.
    #[error("no connection could be made, or it broke")]
    Unreachable,
    /// The server did not prove who it is.
    #[error("the certificate is not trusted, or there is no TLS")]
    Untrusted,
    /// It takes too long.
    #[error("not taken within {} s", .0.as_secs_f32())]
    Late(Duration),
    /// The server answered, and did not take it.
    #[error("the answer was {0}")]
    Refused(u16),
}

impl Mailer {
    /// What is usual.
    pub fn usual() -> Self {
        let (connect, total) = (Duration::from_secs(10), Duration::from_secs(40));
        Self { port: SUBMISSIONS_PORT, connect, total, root: None }
    }

    /// Sends a mail that is the same, byte by byte, whenever it is sent again.
    ///
    /// # Errors
    /// Fails unless the server takes it for all receivers.
    pub async fn send(&self, account: &Account<'_>, mail: &Mail, at: Timestamp) -> Result<(), MailTrouble> {
        let message = message(account, mail, at)?;
        let transport = self.transport(account)?;
        match timeout(self.total, transport.send(message)).await {
            Ok(sent) => sent.map(drop).map_err(|error| trouble(&error, self.connect)),
            Err(_) => Err(MailTrouble::Late(self.total)),
        }
    }

    fn transport(&self, account: &Account<'_>) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailTrouble> {
        let mut tls = TlsParameters::builder(account.host.to_owned());
        if let Some(root) = &self.root {
            tls = tls.add_root_certificate(Certificate::from_pem(root).map_err(|_| MailTrouble::NoForm)?);
        }
        let tls = tls.build().map_err(|_| MailTrouble::NoForm)?;
        let sender = mailbox(account.from)?;
        let credentials = Credentials::new(account.user.to_owned(), account.password.expose().to_owned());
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(account.host)
            .port(self.port)
            .tls(Tls::Wrapper(tls))
            .timeout(Some(self.connect))
            .hello_name(ClientId::Domain(sender.email.domain().to_owned()))
            .credentials(credentials);
        Ok(transport.build())
    }
}

/// The mail in its form; the moment is when it was intended, not when it is sent.
fn message(account: &Account<'_>, mail: &Mail, at: Timestamp) -> Result<Message, MailTrouble> {
    let sender = mailbox(account.from)?;
    let id = format!("<{}@{}>", local_part(&mail.id), sender.email.domain());
    let subject: String = mail.subject.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    let mut message = Message::builder().from(sender).subject(subject).message_id(Some(id)).date(at.into());
    for receiver in account.to {
        message = message.to(mailbox(receiver)?);
    }
    // Nobody's absence is answered to us.
    let message = message.raw_header(HeaderValue::new(AUTOMATIC, "auto-generated".to_owned()));
    message.header(ContentType::TEXT_PLAIN).body(mail.text.clone()).map_err(|_| MailTrouble::NoForm)
}

pub(super) fn mailbox(address: &str) -> Result<Mailbox, MailTrouble> {
    address.parse().map_err(|_| MailTrouble::NoAddress(address.to_owned()))
}

/// Ids are digests; any other one becomes a digest, so that different ones stay different.
pub(super) fn local_part(id: &str) -> String {
    let plain = |one: char| one.is_ascii_alphanumeric() || one == '-';
    if !id.is_empty() && id.len() <= 64 && id.chars().all(plain) {
        return id.to_owned();
    }
    Sha256::digest(id.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn trouble(error: &SmtpError, limit: Duration) -> MailTrouble {
    match error.status() {
        Some(status) => MailTrouble::Refused(u16::from(status)),
        None if is_untrusted(error) => MailTrouble::Untrusted,
        None if error.is_timeout() => MailTrouble::Late(limit),
        None => MailTrouble::Unreachable,
    }
}
