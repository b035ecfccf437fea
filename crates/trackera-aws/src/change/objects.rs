//! Objects of S3: listed with all versions, looked at, put once, and deleted by the run that put them.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ServerSideEncryption};
use trackera_core::recovery::ports::{
    Cursor, Download, Downloaded, Object, ObjectFacts, ObjectName, ObjectPage, ObjectVersion, Objects, PortError,
    Reading, Trouble, Upload,
};

use super::facts::{self, encoded, fields};
use super::failure::{failed, malformed};
use super::{Changes, download, reading};

pub(super) const DELETE: &str = "s3:DeleteObject";
pub(super) const GET: &str = "s3:GetObject";
pub(super) const HEAD: &str = "s3:HeadObject";
pub(super) const PUT: &str = "s3:PutObject";
pub(super) const VERSIONS: &str = "s3:ListObjectVersions";

/// S3 takes no more in one put.
const LARGEST_PUT: u64 = 5 << 30;
/// A put that is slower than so many bytes in a second is given up.
const SLOWEST_PUT: u64 = 1 << 20;

#[async_trait]
impl Objects for Changes {
    async fn page(&self, below: &ObjectName, after: Option<&Cursor>) -> Result<ObjectPage, PortError> {
        let list = self.looks.s3(&below.region).list_object_versions().bucket(&below.bucket).prefix(&below.key);
        let list = list.set_key_marker(after.map(|cursor| cursor.key.clone()));
        let list = list.set_version_id_marker(after.and_then(|cursor| cursor.version.clone()));
        let answer = list.send().await.map_err(failed(VERSIONS))?;
        let versions = answer.versions.unwrap_or_default().into_iter().map(facts::version);
        let deletions = answer.delete_markers.unwrap_or_default().into_iter().map(facts::deletion);
        let versions: Option<Vec<ObjectVersion>> = versions.chain(deletions).collect();
        let mut versions = versions.ok_or_else(|| malformed(VERSIONS))?;
        versions.sort_by(|a, b| (&a.key, !a.is_latest, b.modified_at).cmp(&(&b.key, !b.is_latest, a.modified_at)));
        let next = match (answer.is_truncated.unwrap_or_default(), answer.next_key_marker) {
            (false, _) => None,
            (true, Some(key)) => Some(Cursor { key, version: answer.next_version_id_marker }),
            // What a cut list leaves out would look as if it were not there.
            (true, None) => return Err(malformed(VERSIONS)),
        };
        if next.is_some() && next.as_ref() == after {
            return Err(malformed(VERSIONS));
        }
        Ok(ObjectPage { versions, next })
    }

    async fn look(&self, object: &Object) -> Result<Option<ObjectFacts>, PortError> {
        let name = &object.name;
        let head = self.looks.s3(&name.region).head_object().bucket(&name.bucket).key(&name.key);
        let head = head.set_version_id(object.version.clone()).checksum_mode(ChecksumMode::Enabled);
        match head.send().await {
            Ok(answer) => facts::facts(answer).map(Some).ok_or_else(|| malformed(HEAD)),
            // The answer to a HEAD request has no body, so that its status is all there is.
            Err(error) if error.raw_response().is_some_and(|raw| raw.status().as_u16() == 404) => Ok(None),
            Err(error) => Err(failed(HEAD)(error)),
        }
    }

    async fn download(&self, wanted: &Download) -> Result<Downloaded, PortError> {
        let version = wanted.object.version.clone().or_else(|| wanted.facts.version.clone());
        let get = self.get(&wanted.object.name, version).if_match(&wanted.facts.e_tag);
        download::run(get, wanted, self.limit).await
    }

    async fn read(&self, object: &Object) -> Result<Option<Reading>, PortError> {
        reading::run(self.get(&object.name, object.version.clone()), self.limit).await
    }

    async fn put(&self, upload: &Upload) -> Result<ObjectFacts, PortError> {
        let Some(sha256) = encoded(&upload.sha256) else {
            return Err(PortError::guarded(PUT, format!("`{}` is no SHA-256", upload.sha256)));
        };
        let size = tokio::fs::metadata(&upload.file).await.map_err(download::unusable(PUT))?.len();
        if size > LARGEST_PUT {
            return Err(PortError::guarded(PUT, "the file is larger than the 5 GiB that one put can have"));
        }
        let body = ByteStream::from_path(&upload.file).await.map_err(|error| PortError {
            operation: PUT,
            trouble: Trouble::File(error.to_string()),
            code: None,
        })?;
        let put = self.changes.s3(&upload.name.region).put_object().bucket(&upload.name.bucket).key(&upload.name.key);
        let put = put.if_none_match("*").set_metadata(Some(fields(&upload.mark).collect()));
        // A bucket with object lock asks for the name of the algorithm as well.
        let put = put.checksum_algorithm(ChecksumAlgorithm::Sha256).checksum_sha256(sha256);
        let put = put.set_server_side_encryption(upload.kms_key.as_ref().map(|_| ServerSideEncryption::AwsKms));
        let put = put.set_ssekms_key_id(upload.kms_key.clone()).body(body);
        let answer = put.customize().config_override(self.long_enough(size)).send().await;
        let answer = answer.map_err(failed(PUT)).map_err(not_put)?;
        Ok(ObjectFacts {
            size,
            modified_at: None,
            e_tag: answer.e_tag.ok_or_else(|| malformed(PUT))?,
            version: answer.version_id,
            sha256: Some(upload.sha256.to_ascii_lowercase()),
            encryption: None,
            replication: None,
            mark: Some(upload.mark.clone()),
        })
    }

    async fn delete(&self, object: &Object, run: &str) -> Result<(), PortError> {
        let Some(found) = self.look(object).await? else { return Ok(()) };
        if found.mark.as_ref().is_none_or(|mark| mark.run() != run) {
            return Err(PortError::guarded(DELETE, format!("run `{run}` did not put it")));
        }
        let name = &object.name;
        let delete = self.changes.s3(&name.region).delete_object().bucket(&name.bucket).key(&name.key);
        // Just what was looked at: in a bucket with versions, nothing else can go even if somebody puts another now.
        delete.set_version_id(found.version).send().await.map(drop).map_err(failed(DELETE))
    }
}

impl Changes {
    fn get(&self, name: &ObjectName, version: Option<String>) -> GetObjectFluentBuilder {
        let get = self.looks.s3(&name.region).get_object().bucket(&name.bucket).key(&name.key);
        get.set_version_id(version)
    }

    /// The time limit of a put grows with what is put.
    fn long_enough(&self, size: u64) -> aws_sdk_s3::config::Builder {
        let limit = self.limit + Duration::from_secs(size / SLOWEST_PUT);
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(limit).operation_timeout(limit);
        aws_sdk_s3::config::Builder::new().timeout_config(timeouts.build())
    }
}

/// A put that its condition stopped: there is an object already.
fn not_put(error: PortError) -> PortError {
    match (&error.trouble, error.code.as_deref()) {
        (Trouble::WrongState, Some("PreconditionFailed")) => PortError { trouble: Trouble::AlreadyExists, ..error },
        _ => error,
    }
}
