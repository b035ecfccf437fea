//! Who can reach a bucket, and how.

use std::sync::Arc;

use super::{Call, Function, Parameter, Returns, Style, View, anything, documents, known};
use crate::estate::{Estate, not_collected};
use crate::identity::{denies_plain_transport, public_grants};
use crate::language::value::{List, Unknown, Value};
use crate::resource::PolicyDocument;

const BUCKET: &str = "aws.s3.bucket";
const ACCOUNT: &str = "aws.account";

pub(super) const DENIES_PLAIN_TRANSPORT: Function = Function {
    name: "denies_plain_transport",
    style: Style::Global,
    parameters: &[Parameter::Resource(BUCKET)],
    returns: Returns::Bool,
    reads: &[(BUCKET, "policy")],
    description: "Whether the policy of a bucket denies every request without TLS: by anybody, for all actions, on the \
                  bucket and on every object, under no further condition. Statements may share the work where each \
                  denies all actions on a part, or where one covers as a whole what another exempts; a list of single \
                  actions never counts as all of them.",
    validate: anything,
    call: |call| {
        let outcome = subject(call).map_or(Ok(false), |bucket| {
            let document = policy(&bucket)?;
            let arn = arn(&bucket)?;
            Ok(document.is_some_and(|document| denies_plain_transport(&document, &arn)))
        });
        known(outcome.map(Value::Bool))
    },
};

pub(super) const PUBLIC_ACCESS: Function = Function {
    name: "public_access",
    style: Style::Global,
    parameters: &[Parameter::Resource(BUCKET)],
    returns: Returns::Texts,
    reads: &[
        (BUCKET, "policy"),
        (BUCKET, "policy_is_public"),
        (BUCKET, "acl_grants"),
        (BUCKET, "object_ownership"),
        (BUCKET, "public_access_block"),
        (ACCOUNT, "public_access_block"),
    ],
    description: "What makes a bucket public in effect: `policy s3:GetObject` for an action that its policy lets everybody \
                  do (as `public_grants` means it), `policy by the verdict of S3` where S3 calls the policy public and \
                  this does not, `acl READ` for a grant to everybody or to everybody signed in to AWS. The public access \
                  blocks of the bucket and of the account count, whichever is stricter: `restrict_public_buckets` for \
                  policies, `ignore_public_acls` for lists, as does an ownership that switches lists off. Access points \
                  and the lists of single objects are not looked at.",
    validate: anything,
    call: |call| {
        let list = subject(call).map_or_else(List::default, |bucket| public_access(call.moment.estate, &bucket));
        Value::List(Arc::new(list))
    },
};

fn subject<'a>(call: &Call<'a>) -> Option<View<'a>> {
    match call.argument(0) {
        Value::Resource(index) => View::resource(call.moment.estate, *index),
        _ => None,
    }
}

fn policy(bucket: &View<'_>) -> Result<Option<PolicyDocument>, Unknown> {
    bucket.one("policy")?.map(|document| documents::read(&document)).transpose()
}

fn arn(bucket: &View<'_>) -> Result<String, Unknown> {
    let partition = partition(bucket.text("region")?.unwrap_or_default());
    Ok(format!("arn:{partition}:s3:::{}", bucket.text("id")?.unwrap_or_default()))
}

/// The group of regions that a region belongs to, as ARNs name it.
fn partition(region: &str) -> &'static str {
    let partitions = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    partitions.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

/// Ways in, each with what opened it, and why there may be more.
#[derive(Default)]
struct Ways {
    found: Vec<(String, String)>,
    missing: Option<Unknown>,
}

fn public_access(estate: &Estate, bucket: &View<'_>) -> List {
    let mut list = List::default();
    let switches = [
        Blocks { estate, bucket, switch: "restrict_public_buckets" },
        Blocks { estate, bucket, switch: "ignore_public_acls" },
    ];
    let [policies, acls] = switches;
    for (ways, closed) in [(by_policy(bucket), policies.closed()), (by_acl(bucket), acls.closed())] {
        let (ways, closed) = match (ways, closed) {
            (ways, _) if ways.found.is_empty() && ways.missing.is_none() => continue,
            (_, Ok(true)) => continue,
            (ways, closed) => (ways, closed),
        };
        match closed {
            Ok(_) => {
                for (item, why) in ways.found {
                    list.items.push(Value::text(&item));
                    list.why.push(why.into());
                }
                list.missing = Unknown::either(list.missing.take(), ways.missing);
            }
            Err(unknown) => {
                let missing = Unknown::either(ways.missing, Some(unknown));
                list.missing = Unknown::either(list.missing.take(), missing);
            }
        }
    }
    list
}

/// What a policy opens. S3's own verdict is the cross-check: what it calls public is public.
fn by_policy(bucket: &View<'_>) -> Ways {
    let mut ways = Ways::default();
    match policy(bucket) {
        Ok(None) => return ways,
        Ok(Some(document)) => {
            let grants = public_grants(&document).into_iter();
            ways.found = grants.map(|grant| (format!("policy {}", grant.action), grant.why)).collect();
        }
        Err(unknown) => ways.missing = Some(unknown),
    }
    match bucket.truth("policy_is_public") {
        _ if !ways.found.is_empty() => {}
        Ok(Some(true)) => {
            // The verdict is about all of the policy, read or not.
            let why = "S3 calls the policy public".to_owned();
            ways = Ways { found: vec![("policy by the verdict of S3".to_owned(), why)], missing: None };
        }
        Ok(_) => {}
        Err(unknown) => ways.missing = Unknown::either(ways.missing, Some(unknown)),
    }
    ways
}

/// The groups that stand for everybody, and what people call them.
const GROUPS: [(&str, &str); 2] = [
    ("http://acs.amazonaws.com/groups/global/AllUsers", "everybody"),
    ("http://acs.amazonaws.com/groups/global/AuthenticatedUsers", "everybody who is signed in to AWS"),
];

fn by_acl(bucket: &View<'_>) -> Ways {
    let mut ways = Ways::default();
    let ownership = bucket.text("object_ownership");
    if ownership.as_ref().is_ok_and(|ownership| *ownership == Some("BucketOwnerEnforced")) {
        return ways;
    }
    if let Err(unknown) = read_acl(bucket, &mut ways) {
        ways.missing = Unknown::either(ways.missing, Some(unknown));
    }
    match ownership {
        Err(unknown) if !ways.found.is_empty() || ways.missing.is_some() => {
            Ways { found: Vec::new(), missing: Unknown::either(ways.missing, Some(unknown)) }
        }
        _ => ways,
    }
}

fn read_acl(bucket: &View<'_>, ways: &mut Ways) -> Result<(), Unknown> {
    let (grants, missing) = bucket.views("acl_grants")?;
    ways.missing = missing;
    for grant in &grants {
        let (grantee, permission) = (grant.text("grantee")?.unwrap_or_default(), grant.text("permission")?);
        let group = GROUPS.iter().find(|(group, _)| *group == grantee);
        ways.found.extend(group.map(|(_, people)| {
            let permission = permission.unwrap_or_default();
            (format!("acl {permission}"), format!("the access control list gives {permission} to {people}"))
        }));
    }
    Ok(())
}

/// One switch of the public access blocks of a bucket and of its account.
struct Blocks<'a> {
    estate: &'a Estate,
    bucket: &'a View<'a>,
    switch: &'a str,
}

impl Blocks<'_> {
    /// Whether either block is on; unknown only where no block is known to be on.
    fn closed(&self) -> Result<bool, Unknown> {
        let mut missing = None;
        for block in [self.is_on(self.bucket), self.of_account()] {
            match block {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(unknown) => missing = Unknown::either(missing, Some(unknown)),
            }
        }
        missing.map_or(Ok(false), Err)
    }

    fn is_on(&self, owner: &View<'_>) -> Result<bool, Unknown> {
        let block = owner.one("public_access_block")?;
        Ok(block.map(|block| block.truth(self.switch)).transpose()?.flatten() == Some(true))
    }

    fn of_account(&self) -> Result<bool, Unknown> {
        let id = self.bucket.text("account")?.unwrap_or_default();
        let (accounts, missing) = self.estate.account_wide(ACCOUNT, id);
        match accounts.first().and_then(|index| View::resource(self.estate, *index)) {
            Some(account) => self.is_on(&account),
            None => Err(missing.unwrap_or_else(|| not_collected(ACCOUNT, id, "*"))),
        }
    }
}
