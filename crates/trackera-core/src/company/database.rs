//! What the company declares about its product database: how it is reached, and where its dumps go.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alerts::Secret;
use crate::source::Problem;
use crate::time;
use crate::yaml::{File, Located};

/// The product database.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Where its server answers, with the port, such as `db.example.com:5432`; none asks RDS for the endpoint.
    #[serde(default)]
    pub address: Option<Located<String>>,
    /// The RDS instance.
    pub instance: String,
    /// Its region.
    pub region: String,
    /// The name of the database.
    pub name: String,
    /// The role that backs it up: it reads everything and writes nothing.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// The file with the certificates of the authorities that the server's own is signed by, relative to this file.
    pub authorities: String,
    /// How dumps are made, and where they go.
    #[serde(default)]
    pub dumps: Option<Dumps>,
    /// How the watching agent writes the row by which a drill measures the recovery point; none writes none.
    #[serde(default)]
    pub heartbeat: Option<Located<Heartbeat>>,
}

/// The row that the watching agent writes again and again. It needs the `address` of the database, because the agent asks
/// RDS for none.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// The role that writes the row, and can do nothing else.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// How often; 10 seconds unless said otherwise.
    #[serde(default)]
    pub every: Option<Located<String>>,
}

/// How often the row is written unless somebody says otherwise.
const USUAL_BEAT: SignedDuration = SignedDuration::from_secs(10);

/// How dumps are made, and where they go.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dumps {
    /// The directory of this machine that dumps are made in, on an encrypted disk, relative to this file.
    pub directory: String,
    /// Where the dumps go.
    pub to: BucketPlace,
    /// Where their manifests go: apart from the dumps, so that nobody changes both at once.
    pub manifests: Located<BucketPlace>,
    /// The public keys of age that dumps are encrypted to; none leaves encryption to the bucket.
    #[serde(default)]
    pub recipients: Vec<Located<String>>,
}

/// A place for objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BucketPlace {
    /// The bucket.
    pub bucket: String,
    /// Its region.
    pub region: String,
    /// The beginning of the keys; empty for the whole bucket.
    #[serde(default)]
    pub prefix: String,
}

impl Heartbeat {
    /// How often the row is written.
    ///
    /// # Errors
    /// Fails when that is no length of time.
    pub fn every(&self, file: &File) -> Result<SignedDuration, Problem> {
        let Some(every) = &self.every else { return Ok(USUAL_BEAT) };
        match time::parse(every.value()) {
            Ok(length) if length.is_positive() => Ok(length),
            Ok(_) => Err(file.problem(every.location(), "this length of time must be longer than nothing", None)),
            Err(message) => Err(file.problem(every.location(), message, None)),
        }
    }
}

impl Database {
    /// Checks what no form can say.
    pub(super) fn check(&self, file: &File) -> Result<(), Problem> {
        if let Some(address) = &self.address {
            let port = address.value().rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none_or(|port| port == 0) {
                let hint = Some("write it like `db.example.com:5432`".to_owned());
                return Err(file.problem(address.location(), "this address has no port", hint));
            }
        }
        if let Some(heartbeat) = &self.heartbeat {
            heartbeat.value().every(file)?;
            if self.address.is_none() {
                let hint = Some("say where the database answers with `address`".to_owned());
                return Err(file.problem(heartbeat.location(), "a heartbeat needs the address of the database", hint));
            }
        }
        let Some(dumps) = &self.dumps else { return Ok(()) };
        if dumps.manifests.value().bucket == dumps.to.bucket {
            let message = "a manifest beside its dump proves nothing: whoever changes one changes both";
            let hint = Some("name another bucket, best in another region".to_owned());
            return Err(file.problem(dumps.manifests.location(), message, hint));
        }
        for recipient in &dumps.recipients {
            let text = recipient.value();
            let is_plain = |rest: &str| rest.len() >= 52 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !text.strip_prefix("age1").is_some_and(is_plain) {
                let hint = Some("write the line that `age-keygen -y` prints".to_owned());
                return Err(file.problem(recipient.location(), "this is no public key of age", hint));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::company::Configuration;
    use crate::yaml::File;

    const GOOD: &str = r#"company: {name: Example}
database:
  address: "db.example.com:5432"
  instance: production
  region: eu-central-1
  name: product
  user: backup
  password: {file: secrets/database}
  authorities: authorities.pem
  dumps:
    directory: scratch
    to: {bucket: dumps, region: eu-central-1}
    manifests: {bucket: evidence, region: eu-west-1}
"#;

    fn load(text: &str) -> Result<Configuration, String> {
        Configuration::load(&File { name: "trackera.yaml".to_owned(), text: text.to_owned() })
            .map_err(|problem| problem.to_string())
    }

    #[test]
    fn what_is_declared_is_read() {
        let database = load(GOOD).unwrap().database.unwrap();
        assert_eq!((database.instance.as_str(), database.dumps.unwrap().to.prefix.as_str()), ("production", ""));
    }

    #[test]
    fn a_manifest_does_not_lie_beside_its_dump() {
        let told = load(&GOOD.replace("bucket: evidence", "bucket: dumps")).unwrap_err();
        assert!(told.starts_with("trackera.yaml:13:16: a manifest beside its dump"), "{told}");
    }

    #[test]
    fn an_address_has_a_port_and_a_recipient_is_a_key() {
        assert!(load(&GOOD.replace(":5432", "")).unwrap_err().contains("no port"));
        let with = format!("{GOOD}    recipients: [somebody]\n");
        assert!(load(&with).unwrap_err().contains("no public key of age"));
    }
}
