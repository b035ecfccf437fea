//! Buckets as object stores: where replicas of the journal lie, and where agents agree on who leads.
//!
//! Creating an object that must not be there, and replacing one that must not have changed, are S3's own conditional
//! writes, so that one of many writers wins. Everything that the journal does not need is refused, not imitated.

mod failure;
mod get;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::Object;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use self::failure::{failed, malformed, not_implemented};
use crate::guard::Guard;
use crate::request::Settings;
use crate::session::Session;

/// Every operation that a store may call.
pub const STORING: [&str; 5] = [DELETE, GET, HEAD, LIST, PUT];

const DELETE: &str = "s3:DeleteObject";
const GET: &str = "s3:GetObject";
const HEAD: &str = "s3:HeadObject";
const LIST: &str = "s3:ListObjectsV2";
const PUT: &str = "s3:PutObject";

/// How often a write is tried that collides with others of the same object.
const TRIES: u32 = 4;

/// The way to buckets that are stores.
#[derive(Clone, Debug)]
pub struct Storage {
    session: Session,
}

impl Storage {
    /// Reads AWS's standard configuration; where there are no credentials now, there may be some later.
    pub async fn open(settings: &Settings) -> Self {
        Self { session: Session::lasting(settings, Guard::storing()).await }
    }

    /// A bucket by its name and region. Nothing is asked yet, not even whether it is there.
    pub fn bucket(&self, name: &str, region: &str) -> Arc<dyn ObjectStore> {
        Arc::new(Bucket { client: self.session.s3(region), name: Arc::from(name) })
    }
}

/// A bucket.
#[derive(Clone, Debug)]
struct Bucket {
    client: Client,
    name: Arc<str>,
}

impl fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}", self.name)
    }
}

#[async_trait]
impl ObjectStore for Bucket {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let bytes: Vec<u8> = payload.iter().flat_map(|part| part.iter().copied()).collect();
        let if_match = match &options.mode {
            PutMode::Update(version) => {
                Some(version.e_tag.clone().ok_or_else(|| not_implemented("writes without tag"))?)
            }
            PutMode::Create | PutMode::Overwrite => None,
        };
        let if_none_match = (options.mode == PutMode::Create).then(|| "*".to_owned());
        let mut tries = 1;
        loop {
            let put = self.client.put_object().bucket(&*self.name).key(location.as_ref());
            let put = put.set_if_match(if_match.clone()).set_if_none_match(if_none_match.clone());
            match put.body(ByteStream::from(bytes.clone())).send().await {
                Ok(answer) => {
                    let (e_tag, version) = (answer.e_tag, answer.version_id);
                    return Ok(PutResult { e_tag, version, extensions: Default::default() });
                }
                // Another write of the same object was under way: who wins is not decided yet.
                Err(error) if tries < TRIES && failure::status(&error) == Some(409) => tries += 1,
                Err(error) => return Err(failure::not_written(&options.mode, failed(PUT, location, error))),
            }
        }
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(not_implemented("uploads in parts"))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.read(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let bucket = self.clone();
        let deleted =
            locations.and_then(move |location| {
                let delete = bucket.client.delete_object().bucket(&*bucket.name).key(location.as_ref());
                async move {
                    delete.send().await.map(|_| location.clone()).map_err(|error| failed(DELETE, &location, error))
                }
            });
        deleted.boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.listed(prefix, None)
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.listed(prefix, Some(offset))
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        Err(not_implemented("lists of directories"))
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(not_implemented("copies"))
    }
}

/// How far a list was read.
enum Reading {
    First,
    After(String),
    Done,
}

impl Bucket {
    /// The objects below a prefix in the order of their keys, page by page, as they are asked for.
    fn listed(&self, prefix: Option<&Path>, offset: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let whole = prefix.cloned().unwrap_or_default();
        let prefix = Some(format!("{whole}/")).filter(|prefix| prefix != "/");
        let list = self.client.list_objects_v2().bucket(&*self.name).set_prefix(prefix);
        let list = list.set_start_after(offset.map(ToString::to_string));
        let pages = stream::try_unfold(Reading::First, move |reading| {
            let (list, whole) = (list.clone(), whole.clone());
            async move {
                let token = match reading {
                    Reading::First => None,
                    Reading::After(token) => Some(token),
                    Reading::Done => return Ok(None),
                };
                let page = list.set_continuation_token(token).send().await;
                let page = page.map_err(|error| failed(LIST, &whole, error))?;
                let next = match (page.is_truncated.unwrap_or_default(), page.next_continuation_token) {
                    (true, Some(token)) => Reading::After(token),
                    // What a cut list leaves out would look as if it were not there.
                    (true, None) => return Err(malformed(LIST)),
                    (false, _) => Reading::Done,
                };
                Ok(Some((stream::iter(page.contents.unwrap_or_default().into_iter().map(listed)), next)))
            }
        });
        pages.try_flatten().boxed()
    }
}

fn listed(object: Object) -> Result<ObjectMeta> {
    let location = Path::parse(object.key.unwrap_or_default())?;
    let moment = object.last_modified.and_then(|moment| std::time::SystemTime::try_from(moment).ok());
    let size = object.size.and_then(|size| u64::try_from(size).ok());
    let (Some(moment), Some(size)) = (moment, size) else { return Err(malformed(LIST)) };
    Ok(ObjectMeta { location, last_modified: moment.into(), size, e_tag: object.e_tag, version: None })
}

#[cfg(test)]
mod tests;
