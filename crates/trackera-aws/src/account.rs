//! The account: who the caller is, and what is set once per account.

mod root;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{PasswordPolicy as SourcePolicy, SummaryKeyType};
use trackera_core::resource::{Account, ErrorClass, Gap, Observed, PasswordPolicy, PublicAccessBlock};

use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::iam::CredentialReport;
use crate::session::Session;

/// The operation that tells whose the credentials are.
pub(crate) const IDENTITY: &str = "sts:GetCallerIdentity";
const SUMMARY: &str = "iam:GetAccountSummary";
const PASSWORD_POLICY: &str = "iam:GetAccountPasswordPolicy";
const PUBLIC_ACCESS_BLOCK: &str = "s3control:GetPublicAccessBlock";

/// Asks for the id of the account that the credentials belong to.
pub(crate) async fn identity(place: &Place<'_>, session: &Session) -> Result<String, Gap> {
    let client = session.sts();
    let answer = place.call(IDENTITY, None, || client.get_caller_identity().send()).await?;
    let is_id = |id: &String| id.len() == 12 && id.bytes().all(|digit| digit.is_ascii_digit());
    answer.account.filter(is_id).ok_or_else(|| place.gap(IDENTITY, None, ErrorClass::MalformedAnswer))
}

/// The account as a resource.
pub(crate) async fn collect(
    place: &Place<'_>,
    session: &Session,
    report: impl Future<Output = Arc<CredentialReport>>,
) -> Part {
    let account = account(place, session, report).await;
    let id = place.account.clone();
    let mut part = Part::default();
    part.add(place, IDENTITY, Vec::new(), [Found::new(Some(id.clone()), Some((id, account)))]);
    part
}

async fn account(place: &Place<'_>, session: &Session, report: impl Future<Output = Arc<CredentialReport>>) -> Account {
    let client = &session.iam();
    let (summary, root_virtual_mfa_device, password_policy, public_access_block, report) = tokio::join!(
        Summary::read(place, client),
        root::virtual_mfa_device(place, client),
        password_policy(place, client),
        block(place, session),
        report
    );
    Account {
        account_mfa_enabled: summary.number(&SummaryKeyType::AccountMfaEnabled).map(|number| number > 0),
        account_access_keys_present: summary.number(&SummaryKeyType::AccountAccessKeysPresent).map(|number| number > 0),
        account_password_present: summary.number(&SummaryKeyType::AccountPasswordPresent).map(|number| number > 0),
        root_virtual_mfa_device,
        password_policy,
        users: summary.number(&SummaryKeyType::Users),
        root_password_last_used: report.root_password_last_used(),
        public_access_block,
    }
}

struct Summary<'a> {
    place: &'a Place<'a>,
    numbers: Result<BTreeMap<SummaryKeyType, i32>, Gap>,
}

impl<'a> Summary<'a> {
    async fn read(place: &'a Place<'a>, client: &Client) -> Self {
        let answer = place.call(SUMMARY, None, || client.get_account_summary().send()).await;
        let malformed = || place.gap(SUMMARY, None, ErrorClass::MalformedAnswer);
        let numbers = answer
            .map_err(Gap::from)
            .and_then(|answer| answer.summary_map.map(|numbers| numbers.into_iter().collect()).ok_or_else(malformed));
        Self { place, numbers }
    }

    /// One number of the summary: a summary without it says nothing, and not zero.
    fn number(&self, key: &SummaryKeyType) -> Observed<i64> {
        let number = self.numbers.as_ref().map_err(Clone::clone).and_then(|numbers| {
            let number = numbers.get(key).copied().map(i64::from);
            number.ok_or_else(|| self.place.gap(SUMMARY, None, ErrorClass::MalformedAnswer))
        });
        number.into()
    }
}

async fn password_policy(place: &Place<'_>, client: &Client) -> Observed<Option<PasswordPolicy>> {
    let answer = place.call(PASSWORD_POLICY, None, || client.get_account_password_policy().send()).await;
    match answer {
        Ok(answer) => match answer.password_policy.and_then(rules) {
            Some(rules) => Observed::Known(Some(rules)),
            None => Observed::Unknown(place.gap(PASSWORD_POLICY, None, ErrorClass::MalformedAnswer)),
        },
        Err(failure) if failure.is("NoSuchEntity") => Observed::Known(None),
        Err(failure) => Observed::Unknown(failure.gap),
    }
}

/// The rules of a policy; zero days and zero passwords mean that there is no such rule.
fn rules(policy: SourcePolicy) -> Option<PasswordPolicy> {
    let number = |number: Option<i32>| number.filter(|&number| number > 0).map(i64::from);
    Some(PasswordPolicy {
        minimum_password_length: policy.minimum_password_length?.into(),
        require_symbols: policy.require_symbols,
        require_numbers: policy.require_numbers,
        require_uppercase_characters: policy.require_uppercase_characters,
        require_lowercase_characters: policy.require_lowercase_characters,
        max_password_age: number(policy.max_password_age),
        password_reuse_prevention: number(policy.password_reuse_prevention),
    })
}

async fn block(place: &Place<'_>, session: &Session) -> Observed<Option<PublicAccessBlock>> {
    let client = session.s3_control();
    let request = || client.get_public_access_block().account_id(&place.account).send();
    match place.call(PUBLIC_ACCESS_BLOCK, None, request).await {
        Ok(answer) => match answer.public_access_block_configuration {
            Some(found) => Observed::Known(Some(PublicAccessBlock {
                block_public_acls: found.block_public_acls.unwrap_or_default(),
                ignore_public_acls: found.ignore_public_acls.unwrap_or_default(),
                block_public_policy: found.block_public_policy.unwrap_or_default(),
                restrict_public_buckets: found.restrict_public_buckets.unwrap_or_default(),
            })),
            None => Observed::Unknown(place.gap(PUBLIC_ACCESS_BLOCK, None, ErrorClass::MalformedAnswer)),
        },
        Err(failure) if failure.is("NoSuchPublicAccessBlockConfiguration") => Observed::Known(None),
        Err(failure) => Observed::Unknown(failure.gap),
    }
}
