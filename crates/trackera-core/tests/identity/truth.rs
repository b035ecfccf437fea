//! Documents and accounts that are known to be hard, against the truth about them; the corpora lie in `truth/`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use trackera_core::identity::{
    Account, Grants, Holdings, Identity, Kind, RoleSide, Standing, Trust, assumable_without_mfa,
    denies_plain_transport, grantees, outside_principals, parse_document, public_grants, standings,
};
use trackera_core::resource::PolicyDocument;

const ACCOUNT: &str = "111111111111";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentCase {
    name: String,
    question: String,
    document: Json,
    truth: Json,
    why: String,
}

fn read<T: DeserializeOwned>(file: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/truth").join(file);
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn document(json: &Json) -> PolicyDocument {
    parse_document(&json.to_string()).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn answer(question: &str, document: &PolicyDocument) -> Json {
    match question {
        "denies_plain_transport" => json!(denies_plain_transport(document, "arn:aws:s3:::dumps")),
        "public_grants" => public_grants(document).into_iter().map(|grant| grant.action).collect(),
        "grantees" => json!(grantees(document)),
        "outside_principals" => json!(outside_principals(document, ACCOUNT)),
        "assumable_without_mfa" => json!(assumable_without_mfa(document)),
        other => panic!("nobody can answer `{other}`"),
    }
}

fn every_document(file: &str, least: usize) {
    let cases: Vec<DocumentCase> = read(file);
    let wrong = cases.iter().filter_map(|case| {
        let found = answer(&case.question, &document(&case.document));
        (found != case.truth)
            .then(|| format!("{} of `{}` is {}, not {found}: {}", case.question, case.name, case.truth, case.why))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= least, "only {} cases", cases.len());
}

#[test]
fn every_bucket_policy_means_what_is_true_of_it() {
    every_document("bucket_policies.yaml", 80);
}

#[test]
fn every_trust_policy_means_what_is_true_of_it() {
    every_document("trust_policies.yaml", 20);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountCase {
    name: String,
    #[serde(default)]
    users: BTreeMap<String, IdentityText>,
    #[serde(default)]
    roles: BTreeMap<String, IdentityText>,
    #[serde(default)]
    groups: BTreeMap<String, IdentityText>,
    /// The administrators, each with a part of what is said of them.
    truth: BTreeMap<String, String>,
    why: String,
}

/// A user, role or group; statements stand for documents.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct IdentityText {
    allow: Vec<Json>,
    deny: Vec<Json>,
    boundary: Option<Vec<Json>>,
    groups: Vec<String>,
    /// Statements of the trust policy.
    trust: Vec<Json>,
    instance_profile: bool,
}

fn statements(effect: &str, bodies: &[Json]) -> Vec<Json> {
    let with = |body: &Json| {
        let mut statement = body.clone();
        let effect = statement.get("Effect").cloned().unwrap_or_else(|| json!(effect));
        statement.as_object_mut().unwrap().insert("Effect".to_owned(), effect);
        statement
    };
    bodies.iter().map(with).collect()
}

fn grants(statements: Vec<Json>) -> Arc<Grants> {
    Arc::new(Grants::of(&document(&json!({ "Statement": statements }))))
}

impl IdentityText {
    fn own(&self, name: &str) -> (Arc<str>, Arc<Grants>) {
        let all = [statements("Allow", &self.allow), statements("Deny", &self.deny)].concat();
        (format!("policy of {name}").into(), grants(all))
    }

    fn identity(&self, name: &str, kind: Kind, groups: &BTreeMap<String, Self>) -> Identity {
        let own = self.groups.iter().map(|group| groups[group].own(group)).chain([self.own(name)]);
        let word = match kind {
            Kind::User => "user",
            Kind::Role => "role",
            Kind::Group => "group",
        };
        let boundary = self.boundary.as_ref().map(|boundary| grants(statements("Allow", boundary)));
        let trust = json!({ "Statement": statements("Allow", &self.trust) });
        let role = RoleSide {
            trust: Ok(Trust::of(&document(&trust), ACCOUNT)),
            has_instance_profile: Ok(self.instance_profile),
        };
        Identity {
            kind,
            name: name.to_owned(),
            arn: Ok(format!("arn:aws:iam::{ACCOUNT}:{word}/{name}")),
            holdings: Ok(Holdings { documents: own.collect(), boundary }),
            role: (kind == Kind::Role).then_some(role),
        }
    }
}

impl AccountCase {
    fn administrators(&self) -> BTreeMap<String, String> {
        let kinds = [(Kind::User, &self.users), (Kind::Role, &self.roles), (Kind::Group, &self.groups)];
        let identities = kinds
            .into_iter()
            .flat_map(|(kind, texts)| texts.iter().map(move |(name, text)| text.identity(name, kind, &self.groups)));
        let identities: Vec<Identity> = identities.collect();
        let account = Account { id: ACCOUNT.to_owned(), identities, missing: BTreeMap::new() };
        let found = standings(&account).into_iter().zip(&account.identities);
        let administrators = found.filter_map(|(standing, identity)| match (standing, identity.kind) {
            (_, Kind::Group) | (Standing::Ordinary, _) => None,
            (Standing::Administrator(why), Kind::User) => Some((identity.name.clone(), why)),
            (Standing::Administrator(why), Kind::Role) => Some((format!("role/{}", identity.name), why)),
            (Standing::Open(unknown), _) => panic!("{} is open: {unknown}", identity.name),
        });
        administrators.collect()
    }
}

#[test]
fn every_account_has_the_administrators_that_it_has() {
    let cases: Vec<AccountCase> = read("accounts.yaml");
    let mut wrong = Vec::new();
    for case in &cases {
        let found = case.administrators();
        let same = found.keys().eq(case.truth.keys());
        let said = case.truth.iter().all(|(name, part)| found.get(name).is_some_and(|why| why.contains(part)));
        if !same || !said {
            wrong.push(format!("`{}` has {:?}, not {found:?}: {}", case.name, case.truth, case.why));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 30, "only {} cases", cases.len());
}
