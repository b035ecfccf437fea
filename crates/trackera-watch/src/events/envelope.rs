//! The envelope of a CloudTrail event as EventBridge delivers it through SQS: strict, bounded, and never trusted.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

/// The longest message that SQS delivers.
pub const LONGEST: usize = 1 << 20;

/// The account of laboratories; no real account has this id, and no laboratory another one.
pub const SENTINEL: &str = "000000000000";

const CALL: &str = "AWS API Call via CloudTrail";
const SIGN_IN: &str = "AWS Console Sign In via CloudTrail";

/// Longer names than these are not names.
const LONGEST_NAME: usize = 128;

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// CloudTrail's id of the event.
    pub id: String,
    /// The name of the call.
    pub name: String,
    /// The account that it happened in.
    pub account: String,
    /// The region that it happened in.
    pub region: String,
    /// When.
    pub at: Timestamp,
}

/// Why a message is not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dropped {
    /// It is no event of AWS by its form.
    Malformed,
    /// Its envelope and its content contradict each other, or it comes from no service of AWS.
    Forged,
    /// It is about an account that is not watched.
    Foreign,
    /// It crosses the border between a laboratory and the world.
    Sentinel,
    /// It tells of a call that was refused or failed, so nothing changed.
    Failed,
    /// It tells of a call that only reads.
    Reading,
}

#[derive(Deserialize)]
struct Envelope {
    version: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    source: String,
    account: String,
    region: String,
    detail: Detail,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(rename = "eventID")]
    event_id: String,
    event_name: String,
    event_source: String,
    event_time: Timestamp,
    aws_region: String,
    #[serde(default)]
    recipient_account_id: Option<String>,
    #[serde(default)]
    error_code: Option<String>,
    #[serde(default)]
    read_only: Option<bool>,
}

/// Reads a message.
///
/// # Errors
/// Says why it is not heard; nothing of its content is told, because anybody may have written it.
pub fn parse(message: &[u8], accounts: &BTreeSet<String>) -> Result<Happening, Dropped> {
    if message.len() > LONGEST {
        return Err(Dropped::Malformed);
    }
    let envelope: Envelope = serde_json::from_slice(message).map_err(|_| Dropped::Malformed)?;
    let Envelope { version, detail_type, source, account, region, detail } = envelope;
    let is_sign_in = detail_type == SIGN_IN;
    let names = [&detail.event_id, &detail.event_name, &account, &region];
    if version != "0" || !(is_sign_in || detail_type == CALL) || !names.into_iter().all(|name| is_name(name)) {
        return Err(Dropped::Malformed);
    }
    // Nobody but AWS can put an event with such a source on a bus.
    let from_aws = source.starts_with("aws.") && detail.event_source.ends_with(".amazonaws.com");
    let agrees = detail.recipient_account_id.is_none_or(|recipient| recipient == account);
    if !from_aws || !agrees || detail.aws_region != region {
        return Err(Dropped::Forged);
    }
    if !accounts.contains(&account) {
        let crosses = account == SENTINEL || accounts.contains(SENTINEL);
        return Err(if crosses { Dropped::Sentinel } else { Dropped::Foreign });
    }
    // A sign-in that failed is what some policies wait for: it changes the record of who tried.
    if !is_sign_in && detail.error_code.is_some_and(|code| !code.is_empty()) {
        return Err(Dropped::Failed);
    }
    if !is_sign_in && detail.read_only == Some(true) {
        return Err(Dropped::Reading);
    }
    Ok(Happening { id: detail.event_id, name: detail.event_name, account, region, at: detail.event_time })
}

/// Letters, digits and what ids are made of.
fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(known)
}

#[cfg(test)]
mod tests;
