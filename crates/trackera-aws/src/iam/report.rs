//! The credential report: the only source for the root user's password, and for whether a user has one.
//!
//! It is made on request, takes a while, and is handed out for four hours. What it says is never taken for what is so
//! now: its date goes into the snapshot.

mod table;

use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::ReportStateType;
use jiff::Timestamp;
use trackera_core::estate::PreparedReport;
use trackera_core::resource::{ErrorClass, Gap, Observed};

use self::table::{Row, Table};
use crate::call::{Failure, Place};
use crate::convert::moment;
use crate::session::Session;

const GENERATE: &str = "iam:GenerateCredentialReport";
const GET: &str = "iam:GetCredentialReport";
const ROOT: &str = "<root_account>";

/// How long to wait before each further look at a report that is being made: sixteen seconds altogether.
const WAITS: &[Duration] = &[
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(4),
    Duration::from_secs(4),
];

/// The report, or the gap in its place.
#[derive(Debug)]
pub(crate) struct CredentialReport {
    /// The account and operation, for gaps about single rows.
    malformed: Gap,
    content: Result<(Timestamp, Table), Gap>,
}

impl CredentialReport {
    /// Has the report made, unless a recent one exists, and reads it.
    pub(crate) async fn read(place: &Place<'_>, session: &Session) -> Self {
        let malformed = place.gap(GET, None, ErrorClass::MalformedAnswer);
        Self { content: content(place, &session.iam(), &malformed).await, malformed }
    }

    /// When the report was made.
    pub(crate) fn prepared(&self) -> Option<PreparedReport> {
        let (generated_at, _) = self.content.as_ref().ok()?;
        let (operation, account) = (GET.to_owned(), self.malformed.account.clone());
        Some(PreparedReport { operation, account, generated_at: *generated_at })
    }

    /// When the root user's password was last used.
    pub(crate) fn root_password_last_used(&self) -> Observed<Option<Timestamp>> {
        self.field(ROOT, Row::password_last_used)
    }

    /// Whether a user can sign in with a password.
    pub(crate) fn password_enabled(&self, user: &str) -> Observed<bool> {
        self.field(user, Row::password_enabled)
    }

    /// When a user's password was last changed.
    pub(crate) fn password_last_changed(&self, user: &str) -> Observed<Option<Timestamp>> {
        self.field(user, Row::password_last_changed)
    }

    fn field<T>(&self, user: &str, read: impl FnOnce(&Row) -> Option<T>) -> Observed<T> {
        let table = match &self.content {
            Ok((_, table)) => table,
            Err(gap) => return Observed::Unknown(gap.clone()),
        };
        let unusable = |error_class| Gap { resource: Some(user.to_owned()), error_class, ..self.malformed.clone() };
        match table.row(user) {
            Some(row) => read(row).ok_or_else(|| unusable(ErrorClass::MalformedAnswer)).into(),
            // A user whose row is not there was made after the report, unless the row could not be read.
            None if user == ROOT || table.has_broken_rows() => Observed::Unknown(unusable(ErrorClass::MalformedAnswer)),
            None => Observed::Unknown(unusable(ErrorClass::Stale)),
        }
    }
}

async fn content(place: &Place<'_>, client: &Client, malformed: &Gap) -> Result<(Timestamp, Table), Gap> {
    let mut complete = generate(place, client).await?;
    let mut waits = WAITS.iter();
    loop {
        if complete {
            match place.call(GET, None, || client.get_credential_report().send()).await {
                Ok(answer) => {
                    let generated_at = answer.generated_time.as_ref().and_then(moment);
                    let table = answer.content.as_ref().and_then(|content| Table::parse(content.as_ref()));
                    return generated_at.zip(table).ok_or_else(|| malformed.clone());
                }
                Err(failure) if is_not_ready(&failure) => {}
                Err(failure) => return Err(failure.gap),
            }
        }
        let Some(wait) = waits.next() else { return Err(place.gap(GET, None, ErrorClass::Timeout)) };
        tokio::time::sleep(*wait).await;
        complete = generate(place, client).await?;
    }
}

/// Asks for a report; true when there is one that is recent enough.
async fn generate(place: &Place<'_>, client: &Client) -> Result<bool, Gap> {
    let answer = place.call(GENERATE, None, || client.generate_credential_report().send()).await?;
    Ok(answer.state == Some(ReportStateType::Complete))
}

fn is_not_ready(failure: &Failure) -> bool {
    ["ReportInProgress", "ReportNotPresent", "ReportExpired"].iter().any(|code| failure.is(code))
}
