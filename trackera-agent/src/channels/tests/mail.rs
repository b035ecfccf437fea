//! Mail through servers of the company's choice.

use super::servers::{Server, Tls, fixture, header};
use super::*;

const TAKEN: &str = "235 welcome\r\n";

fn mailer(port: u16) -> Mailer {
    let root = Some(std::fs::read(fixture("root.pem")).unwrap());
    Mailer { port, root, ..Mailer::usual() }
}

fn channel() -> Channel {
    Channel::Smtp {
        host: "127.0.0.1".to_owned(),
        user: "alerts".to_owned(),
        password: kept_in("PASSWORD"),
        from: "alerts@example.com".to_owned(),
        to: vec!["a@example.com".to_owned(), "b@example.com".to_owned()],
    }
}

async fn send(mailer: Mailer) -> Result<(), String> {
    let means = Means { mailer, ..means(&[("PASSWORD", TOKEN)]) };
    deliver(channel(), &means, &notice(&["f"])).await
}

#[tokio::test]
async fn a_mail_is_the_same_whenever_it_is_sent() {
    let server = Server::smtp(TAKEN);
    let tls = Tls::before(&server);
    send(mailer(tls.port)).await.unwrap();
    send(mailer(tls.port)).await.unwrap();
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0], received[1]);
    let header = |name| header(&received[0], name).unwrap();
    assert_eq!(header("Message-ID"), "<a1b2@example.com>");
    assert_eq!(header("From"), "alerts@example.com");
    assert_eq!(header("To"), "a@example.com, b@example.com");
    assert_eq!(header("Subject"), format!("[critical] broken: No port is open: {TOKEN}"));
    assert_eq!(header("Date"), "Mon, 05 Jan 2026 12:00:00 +0000");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert!(received[0].contains(TOKEN));
}

#[tokio::test]
async fn what_a_server_does_not_take_is_told_without_the_password() {
    for (answer, told) in [
        ("535 t0ken is wrong\r\n", "the answer was 535"),
        ("454 later t0ken\r\n", "the answer was 454"),
        ("t0ken\r\n", "no connection could be made, or it broke"),
    ] {
        let server = Server::smtp(answer);
        let tls = Tls::before(&server);
        assert_eq!(send(mailer(tls.port)).await.unwrap_err(), format!("SMTP: {told}"));
        assert_eq!(server.received(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_not_waited_for() {
    let server = Server::smtp("");
    let tls = Tls::before(&server);
    let error = send(Mailer { total: Duration::from_secs(1), ..mailer(tls.port) }).await.unwrap_err();
    assert_eq!(error, "SMTP: not taken within 1 s");
}

#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_gets_no_password() {
    let server = Server::smtp(TAKEN);
    let tls = Tls::before(&server);
    let untrusted = "SMTP: the certificate is not trusted, or there is no TLS";
    assert_eq!(send(Mailer { root: None, ..mailer(tls.port) }).await.unwrap_err(), untrusted);
    // A server that begins in plain text is none that we talk to.
    assert_eq!(send(mailer(server.address.port())).await.unwrap_err(), untrusted);
    assert_eq!(server.received(), Vec::<String>::new());
}

#[tokio::test]
async fn no_text_becomes_a_header_or_a_command() {
    let server = Server::smtp(TAKEN);
    let tls = Tls::before(&server);
    let (password, to) = (SecretText::from(TOKEN.to_owned()), ["a@example.com".to_owned()]);
    let account = |from| Account { host: "127.0.0.1", user: "alerts\r\nQUIT", password: &password, from, to: &to };
    let mail = |text: &str| Mail {
        subject: format!("{text}\r\nBcc: eve@example.com\r\n\r\n"),
        text: format!("{text}\r\n.\r\nMAIL FROM:<eve@example.com>\r\n"),
        id: format!("{text}>\r\nBcc: <eve@example.com"),
    };
    for text in ["x", "ä", "🔥"] {
        mailer(tls.port).send(&account("alerts@example.com"), &mail(text), Timestamp::UNIX_EPOCH).await.unwrap();
        let received = server.received();
        let headers = received[0].split_once("\r\n\r\n").unwrap().0;
        assert!(!headers.contains("\nBcc:"), "{headers}");
        assert_eq!(received.len(), 1);
        assert!(received[0].ends_with("MAIL FROM:<eve@example.com>\r\n\r\n.\r\n"), "{received:?}");
    }
    for from in ["", "alerts", "alerts@example.com\r\nBcc: eve@example.com", "a@example.com>, <eve@example.com"] {
        let sent = mailer(tls.port).send(&account(from), &mail("x"), Timestamp::UNIX_EPOCH).await;
        assert_eq!(sent, Err(MailTrouble::NoAddress(from.to_owned())));
    }
}

#[test]
fn different_ids_stay_different() {
    let id = |id: &str| mailer::local_part(id);
    assert_eq!(id("a1b2"), "a1b2");
    let others = ["", "a>", "a<", "a@b", &"a".repeat(65)].map(id);
    assert!(others.iter().all(|id| id.len() == 64));
    assert_eq!(std::collections::BTreeSet::from(others).len(), 5);
}
