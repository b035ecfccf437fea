//! Receivers of the web.

use std::process::Command;

use super::servers::{Answer, Server, Tls, body, fixture, header};
use super::*;

fn url(server: &Server) -> String {
    format!("http://{}/services/{TOKEN}", server.address)
}

async fn post_to_slack(url: &str) -> Result<(), String> {
    deliver(Channel::Slack { url: kept_in("URL") }, &means(&[("URL", url)]), &notice(&["f"])).await
}

#[tokio::test]
async fn slack_gets_a_message_under_the_same_key_at_every_try() {
    let server = Server::http([Answer::status(500, ""), Answer::status(200, "ok")]);
    post_to_slack(&url(&server)).await.unwrap_err();
    post_to_slack(&url(&server)).await.unwrap();
    let received = server.received();
    assert_eq!(received.len(), 2);
    for request in received {
        assert!(request.starts_with(&format!("POST /services/{TOKEN} HTTP/1.1\r\n")));
        assert_eq!(header(&request, "idempotency-key").unwrap(), "a1b2");
        assert_eq!(header(&request, "content-type").unwrap(), "application/json");
        assert_eq!(serde_json::from_str::<Json>(body(&request)).unwrap(), alerts::slack(&notice(&["f"])));
    }
}

#[tokio::test]
async fn what_is_not_taken_is_told_without_anything_secret() {
    let echo = format!("http://127.0.0.1/services/{TOKEN} {TOKEN}");
    let elsewhere = Server::http([Answer::status(200, "")]);
    let redirect = format!("HTTP/1.1 307 Away\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", url(&elsewhere));
    for (answer, told) in [
        (Answer::status(404, "no_service\n"), "the answer was 404 (no_service)"),
        (Answer::status(403, &echo), "the answer was 403"),
        (Answer::status(503, &"no_service".repeat(1_000_000)), "the answer was 503"),
        (Answer::Say(redirect), "the answer was 307"),
        (Answer::Say(String::new()), "the connection broke before there was an answer"),
        (Answer::Say(echo.clone()), "the connection broke before there was an answer"),
        (
            Answer::Say(format!("HTTP/1.1 200 Yes\r\nX: {}\r\n\r\n", "x".repeat(1_000_000))),
            "the connection broke before there was an answer",
        ),
    ] {
        let server = Server::http([answer]);
        let error = post_to_slack(&url(&server)).await.unwrap_err();
        assert_eq!(error, format!("Slack: {told}"));
        assert!(!error.contains(TOKEN) && !error.contains("127.0.0.1"), "{error}");
    }
    assert_eq!(elsewhere.received(), Vec::<String>::new());
}

#[tokio::test]
async fn a_receiver_that_hangs_is_not_waited_for() {
    let half = format!("HTTP/1.1 500 {TOKEN}\r\nContent-Length: 100\r\n\r\nno_serv");
    for (answer, told) in [
        ("", "no answer within 0.4 s"),
        ("HTTP/1.1 200", "no answer within 0.4 s"),
        (half.as_str(), "the answer was 500"),
    ] {
        let server = Server::http([Answer::Stall(answer.to_owned())]);
        let limits = Limits { total: Duration::from_millis(400), ..Limits::USUAL };
        let means = Means { web: Web::open(limits).unwrap(), ..means(&[("URL", &url(&server))]) };
        let error = deliver(Channel::Slack { url: kept_in("URL") }, &means, &notice(&["f"])).await.unwrap_err();
        assert_eq!(error, format!("Slack: {told}"));
    }
}

#[tokio::test]
async fn nothing_goes_to_what_is_no_good_address() {
    let port = Server::http([]).address.port();
    for address in [
        "",
        "/services/t0ken",
        "hooks.slack.com/services/t0ken",
        "http://hooks.slack.com/services/t0ken",
        "http://localhost/t0ken",
        "http://10.0.0.1/t0ken",
        "https://user:t0ken@hooks.slack.com/",
        "https:///t0ken",
        "ftp://127.0.0.1/t0ken",
        "https://hooks.slack.com/t0ken t0ken",
    ] {
        let error = post_to_slack(address).await.unwrap_err();
        let known = error.ends_with("the name of a host") || error.ends_with("one line of text");
        assert!(known && !error.contains(TOKEN), "{address}: {error}");
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_ne!(free.port(), port);
    let error = post_to_slack(&format!("http://{free}/{TOKEN}")).await.unwrap_err();
    assert_eq!(error, "Slack: no connection could be made");
}

#[tokio::test]
async fn a_receiver_can_verify_what_the_webhook_sends() {
    let server = Server::http([Answer::status(503, ""), Answer::status(204, "")]);
    let channel = Channel::Webhook { url: kept_in("URL"), signing_key: kept_in("KEY") };
    let declared = BTreeMap::from([("programs".to_owned(), channel)]);
    let means = means(&[("URL", &url(&server)), ("KEY", "a key")]);
    let channels = Channels::new(&declared, &means);
    let moments = [at("2026-01-05T12:00:07Z"), at("2026-01-05T12:00:37Z")];
    channels.deliver("programs", &notice(&["f"]), moments[0]).await.unwrap_err();
    channels.deliver("programs", &notice(&["f"]), moments[1]).await.unwrap();
    let received = server.received();
    assert_eq!(received.len(), 2);
    for (request, moment) in received.iter().zip(moments) {
        let (seconds, signature) = alerts::sign(b"a key", body(request).as_bytes(), moment).unwrap();
        assert_eq!(header(request, TIMESTAMP_HEADER).unwrap(), seconds);
        assert_eq!(header(request, SIGNATURE_HEADER).unwrap(), signature);
        assert_eq!(header(request, KEY_HEADER).unwrap(), "a1b2");
        assert_eq!(serde_json::from_str::<Json>(body(request)).unwrap(), alerts::json(&notice(&["f"])));
    }
}

#[tokio::test]
async fn a_webhook_without_a_key_to_sign_with_sends_nothing() {
    let server = Server::http([Answer::status(200, "")]);
    let channel = || Channel::Webhook { url: kept_in("URL"), signing_key: kept_in("KEY") };
    let error = deliver(channel(), &means(&[("URL", &url(&server))]), &notice(&["f"])).await.unwrap_err();
    assert_eq!(error, "webhook: the variable `KEY` is not set");
    let error = deliver(channel(), &means(&[("URL", &url(&server)), ("KEY", "")]), &notice(&["f"])).await;
    assert_eq!(error.unwrap_err(), "webhook: `KEY` does not hold one line of text");
    assert_eq!(server.received(), Vec::<String>::new());
}

#[tokio::test]
async fn pager_duty_gets_one_event_for_each_finding_and_all_again_after_a_failure() {
    let answers = [202, 429, 202, 202].map(|status| Answer::status(status, TOKEN));
    let server = Server::http(answers);
    let means = Means { pager_duty: format!("http://{}/v2/enqueue", server.address), ..means(&[("KEY", TOKEN)]) };
    let channel = || Channel::PagerDuty { routing_key: kept_in("KEY") };
    let error = deliver(channel(), &means, &notice(&["f", "g"])).await.unwrap_err();
    assert_eq!(error, "PagerDuty: the answer was 429");
    deliver(channel(), &means, &notice(&["f", "g"])).await.unwrap();
    let events = server.received();
    let events = events.iter().map(|request| serde_json::from_str::<Json>(body(request)).unwrap());
    let keys: Vec<String> = events.map(|event| format!("{} {}", event["routing_key"], event["dedup_key"])).collect();
    let [f, g] = ["f", "g"].map(|finding| format!("\"{TOKEN}\" \"trackera-{finding}\""));
    assert_eq!(keys, [&f, &g, &f, &g].map(Clone::clone));
}

#[tokio::test]
async fn a_pulse_is_heard_or_it_failed() {
    let server = Server::http([Answer::status(200, "ok"), Answer::status(404, TOKEN)]);
    let means = means(&[("URL", &url(&server))]);
    means.pulse(&kept_in("URL")).await.unwrap();
    assert_eq!(means.pulse(&kept_in("URL")).await.unwrap_err(), "dead man's switch: the answer was 404");
    assert_eq!(means.pulse(&kept_in("OTHER")).await.unwrap_err(), "the variable `OTHER` is not set");
    let received = server.received();
    assert!(received.iter().all(|request| request.starts_with(&format!("GET /services/{TOKEN} HTTP/1.1\r\n"))));
    assert_eq!(received.len(), 2);
}

#[tokio::test]
async fn a_receiver_that_cannot_prove_who_it_is_gets_nothing() {
    let server = Server::http([Answer::status(200, "")]);
    let tls = Tls::before(&server);
    let error = post_to_slack(&format!("https://127.0.0.1:{}/{TOKEN}", tls.port)).await.unwrap_err();
    assert_eq!(error, "Slack: the certificate is not trusted, or there is no TLS");
    let plain = Server::http([Answer::status(200, "")]);
    let error = post_to_slack(&format!("https://{}/{TOKEN}", plain.address)).await.unwrap_err();
    assert!(!error.contains(TOKEN), "{error}");
    assert_eq!([server.received(), plain.received()].concat(), Vec::<String>::new());
}

/// Root certificates are those of a process, so this runs in one of its own.
#[test]
fn a_receiver_that_proves_who_it_is_gets_the_message() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "channels::tests::receivers::a_receiver_behind_a_known_root"]);
    command.env("SSL_CERT_FILE", fixture("root.pem")).env_remove("SSL_CERT_DIR");
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

#[tokio::test]
#[ignore = "needs a root certificate that only the test above hands in"]
async fn a_receiver_behind_a_known_root() {
    let server = Server::http([Answer::status(200, "ok")]);
    let tls = Tls::before(&server);
    post_to_slack(&format!("https://127.0.0.1:{}/{TOKEN}", tls.port)).await.unwrap();
    assert_eq!(server.received().len(), 1);
}
