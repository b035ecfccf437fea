//! A port that must be closed is tried, beside one that must be open.

use std::net::TcpListener;
use std::time::Duration;

use trackera_core::recovery::ports::{Attempt, Door, Vantage as _, may_not_connect};
use trackera_core::recovery::verification::CheckState;
use trackera_postgres::vantage::ThisMachine;

const WITHIN: Duration = Duration::from_secs(2);

fn listening() -> (TcpListener, Door) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, Door { host: "127.0.0.1".to_owned(), port })
}

/// A port that nobody listens on, because whoever did has gone.
fn closed() -> Door {
    listening().1
}

#[tokio::test]
async fn an_open_port_is_told_from_a_closed_one_and_from_what_nobody_can_try() {
    let (_open, door) = listening();
    assert_eq!(ThisMachine.connect(&door, WITHIN).await, Attempt::Opened);
    assert_eq!(ThisMachine.connect(&closed(), WITHIN).await, Attempt::Refused);
    let nowhere = Door { host: "no-such-host.invalid".to_owned(), port: 5432 };
    assert!(matches!(ThisMachine.connect(&nowhere, WITHIN).await, Attempt::NotTried(_)));
}

#[tokio::test]
async fn a_copy_that_answers_where_it_must_not_fails_the_check() {
    let (_open, open) = listening();
    let (_copy, copy) = listening();
    assert_eq!(may_not_connect(&ThisMachine, &copy, &open, WITHIN).await.state, CheckState::Fail);
    assert_eq!(may_not_connect(&ThisMachine, &closed(), &open, WITHIN).await.state, CheckState::Pass);
    assert_eq!(may_not_connect(&ThisMachine, &closed(), &closed(), WITHIN).await.state, CheckState::NotRun);
}
