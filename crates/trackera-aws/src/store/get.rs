//! Reading an object: whole, in part, or only what is known of it.

use std::time::SystemTime;

use aws_sdk_s3::primitives::DateTime;
use futures_util::{StreamExt as _, stream};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta, Result};

use super::failure::{failed, malformed, not_implemented};
use super::{Bucket, GET, HEAD};

/// What an answer tells of an object besides its content.
struct Told {
    length: Option<i64>,
    modified: Option<DateTime>,
    e_tag: Option<String>,
    version: Option<String>,
}

impl Told {
    fn meta(self, location: &Path, operation: &'static str) -> Result<ObjectMeta> {
        let size = self.length.and_then(|length| u64::try_from(length).ok());
        let modified = self.modified.and_then(|moment| SystemTime::try_from(moment).ok());
        let (Some(size), Some(modified)) = (size, modified) else { return Err(malformed(operation)) };
        let (e_tag, version) = (self.e_tag, self.version);
        Ok(ObjectMeta { location: location.clone(), last_modified: modified.into(), size, e_tag, version })
    }
}

impl Bucket {
    /// Reads an object. The content is there when this returns: the journal's objects are small.
    pub(super) async fn read(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if options.version.is_some() || options.if_modified_since.is_some() || options.if_unmodified_since.is_some() {
            return Err(not_implemented("reads of versions and by moments"));
        }
        if options.head {
            return self.metadata(location, options).await;
        }
        let get = self.client.get_object().bucket(&*self.name).key(location.as_ref());
        let get = get.set_if_match(options.if_match).set_if_none_match(options.if_none_match);
        let is_part = options.range.is_some();
        let answer = get.set_range(options.range.map(written)).send().await;
        let answer = answer.map_err(|error| failed(GET, location, error))?;
        let told = Told {
            length: answer.content_length,
            modified: answer.last_modified,
            e_tag: answer.e_tag,
            version: answer.version_id,
        };
        let mut meta = told.meta(location, GET)?;
        let mut range = 0..meta.size;
        if is_part {
            let part = answer.content_range.as_deref().and_then(read_range);
            (range, meta.size) = part.ok_or_else(|| malformed(GET))?;
        }
        let body = answer.body.collect().await.map_err(|_| malformed(GET))?.into_bytes();
        if u64::try_from(body.len()).ok() != Some(range.end - range.start) {
            return Err(malformed(GET));
        }
        let payload = GetResultPayload::Stream(stream::iter([Ok(body)]).boxed());
        Ok(GetResult { payload, meta, range, attributes: Default::default(), extensions: Default::default() })
    }

    async fn metadata(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let head = self.client.head_object().bucket(&*self.name).key(location.as_ref());
        let head = head.set_if_match(options.if_match).set_if_none_match(options.if_none_match);
        let answer = head.send().await.map_err(|error| failed(HEAD, location, error))?;
        let told = Told {
            length: answer.content_length,
            modified: answer.last_modified,
            e_tag: answer.e_tag,
            version: answer.version_id,
        };
        let meta = told.meta(location, HEAD)?;
        let (payload, range) = (GetResultPayload::Stream(stream::empty().boxed()), 0..meta.size);
        Ok(GetResult { payload, meta, range, attributes: Default::default(), extensions: Default::default() })
    }
}

/// A range as HTTP writes it, with its last byte and not the one after.
fn written(range: GetRange) -> String {
    match range {
        GetRange::Bounded(range) => format!("bytes={}-{}", range.start, range.end.saturating_sub(1)),
        GetRange::Offset(start) => format!("bytes={start}-"),
        GetRange::Suffix(length) => format!("bytes=-{length}"),
    }
}

/// `bytes 3-7/20`: the range, and how long the whole object is.
fn read_range(text: &str) -> Option<(std::ops::Range<u64>, u64)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, size): (u64, u64, u64) = (first.parse().ok()?, last.parse().ok()?, size.parse().ok()?);
    (first <= last && last < size).then(|| (first..last + 1, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_written_and_read_with_its_last_byte() {
        assert_eq!(written(GetRange::Bounded(3..8)), "bytes=3-7");
        assert_eq!(written(GetRange::Offset(3)), "bytes=3-");
        assert_eq!(written(GetRange::Suffix(3)), "bytes=-3");
        assert_eq!(read_range("bytes 3-7/20"), Some((3..8, 20)));
        for bad in ["", "bytes 3-7", "bytes 7-3/20", "bytes 3-20/20", "bytes */20", "bytes 3-7/*"] {
            assert_eq!(read_range(bad), None, "{bad}");
        }
    }
}
