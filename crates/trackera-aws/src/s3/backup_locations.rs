//! Places where dumps are expected: what lies there, how old it is and how it is encrypted.
//!
//! Objects are listed and the headers of a few are read; the content of an object never is.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::Object;
use futures_util::future::join_all;
use trackera_core::resource::{BackupLocation, ErrorClass, Gap, Observed, SampledObject};

use super::home::Home;
use super::sample::{Dump, Dumps};
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{moment, text};
use crate::lists::Page;
use crate::request::BackupPlace;
use crate::session::Session;

const LIST: &str = "s3:ListObjectsV2";
const HEAD: &str = "s3:HeadObject";

pub(super) async fn collect(place: &Place<'_>, session: &Session, backups: &[BackupPlace]) -> Part {
    let looked = join_all(backups.iter().map(|backup| look(place, session, backup))).await;
    let (found, gaps): (Vec<_>, Vec<_>) = looked.into_iter().unzip();
    let mut part = Part::default();
    part.add(place, LIST, gaps.into_iter().flatten().collect(), found.into_iter().flatten());
    part
}

/// One place, or what keeps it from being known; half a list gives no resource, because its newest object may be in the
/// other half.
async fn look(place: &Place<'_>, session: &Session, backup: &BackupPlace) -> (Option<Found<BackupLocation>>, Vec<Gap>) {
    let id = format!("{}/{}", backup.bucket, backup.prefix);
    let home = Home::find(place, session, &backup.bucket, None).await;
    if let Some(gap) = home.gap {
        return (None, vec![gap]);
    }
    let dumps = match list(&home, &id, &backup.prefix).await {
        Ok(dumps) => dumps,
        Err(gaps) => return (None, gaps),
    };
    let (newest_server_side_encryption, sampled_objects) = headers(&home, &id, &dumps).await;
    let newest = dumps.newest.as_ref();
    let attributes = BackupLocation {
        bucket: backup.bucket.clone(),
        prefix: backup.prefix.clone(),
        object_count: i64::try_from(dumps.count).unwrap_or(i64::MAX),
        newest_key: newest.map(|newest| newest.key.clone()),
        newest_last_modified: newest.map(|newest| newest.last_modified),
        newest_size: newest.map(|newest| newest.size),
        newest_server_side_encryption: Observed::from(newest_server_side_encryption),
        sampled_objects: Observed::from(sampled_objects),
    };
    (Some(Found::new(Some(id.clone()), Some((id, attributes))).in_region(&home.place.region)), Vec::new())
}

/// Reads the list page by page and keeps only what is needed of it: there may be very many objects.
async fn list(home: &Home<'_>, id: &str, prefix: &str) -> Result<Dumps, Vec<Gap>> {
    let fetch = |token: Option<String>| {
        home.call(LIST, id, move |client, bucket| {
            let request = client.list_objects_v2().bucket(bucket).prefix(prefix);
            request.set_continuation_token(token.clone()).send()
        })
    };
    let mut dumps = Dumps::default();
    let open = |page: ListObjectsV2Output| {
        let read = see(&mut dumps, page.contents.unwrap_or_default());
        let items = page.is_truncated.and(read).map(|()| Vec::<()>::new());
        Page::by_flag(items, page.is_truncated.unwrap_or_default(), page.next_continuation_token)
    };
    let listed = home.place.pages(LIST, Some(id), fetch, open).await;
    if listed.gaps.is_empty() { Ok(dumps) } else { Err(listed.gaps) }
}

/// Takes note of some objects; `None` when one of them cannot be read.
fn see(dumps: &mut Dumps, objects: Vec<Object>) -> Option<()> {
    for object in objects.into_iter().filter(|object| !is_folder(object)) {
        dumps.see(dump(object)?);
    }
    Some(())
}

type Headers = (Result<Option<String>, Gap>, Result<Vec<SampledObject>, Gap>);

/// How the newest object is encrypted, and the sampled ones, which the newest is one of.
async fn headers(home: &Home<'_>, id: &str, dumps: &Dumps) -> Headers {
    let sample = dumps.sample();
    let read = join_all(sample.iter().map(|dump| encryption(home, id, &dump.key))).await;
    let newest = match &dumps.newest {
        // The sample is in the order of age.
        Some(_) => read.last().cloned().unwrap_or(Ok(None)),
        None if home.place.wants(HEAD) => Ok(None),
        None => Err(home.place.gap(HEAD, None, ErrorClass::NotCollected)),
    };
    let objects = sample.into_iter().zip(read).filter_map(|(dump, encryption)| match encryption {
        Ok(server_side_encryption) => {
            Some(Ok(SampledObject { key: dump.key, last_modified: dump.last_modified, server_side_encryption }))
        }
        // An object that was deleted since is none of those that lie there.
        Err(gap) if gap.error_class == ErrorClass::Disappeared => None,
        Err(gap) => Some(Err(gap)),
    });
    let objects = objects.collect();
    (newest.clone(), newest.and(objects))
}

async fn encryption(home: &Home<'_>, id: &str, key: &str) -> Result<Option<String>, Gap> {
    let request = |client: Client, bucket| client.head_object().bucket(bucket).key(key).send();
    let answer = home.call(HEAD, id, request).await?;
    Ok(answer.server_side_encryption.and_then(|encryption| text(Some(encryption.as_str().to_owned()))))
}

fn dump(object: Object) -> Option<Dump> {
    let last_modified = moment(object.last_modified.as_ref()?)?;
    Some(Dump { last_modified, key: object.key?, size: object.size? })
}

/// Consoles make empty objects to show a folder; one that was made today is not a dump of today.
fn is_folder(object: &Object) -> bool {
    object.size() == Some(0) && object.key().is_some_and(|key| key.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    fn object(key: &str, seconds: i64, size: i64) -> Object {
        Object::builder().key(key).last_modified(DateTime::from_secs(seconds)).size(size).build()
    }

    fn seen(pages: Vec<Vec<Object>>) -> Option<Dumps> {
        let mut dumps = Dumps::default();
        pages.into_iter().try_for_each(|page| see(&mut dumps, page))?;
        Some(dumps)
    }

    #[test]
    fn the_newest_dump_is_found_over_all_pages_and_folders_are_none() {
        let first = vec![object("dumps/", 900, 0), object("dumps/a", 300, 5)];
        let all = seen(vec![first, vec![object("dumps/b", 500, 0), object("dumps/c", 100, 5)]]).unwrap();
        assert_eq!(all.count, 3);
        assert_eq!(all.newest.map(|newest| newest.key).as_deref(), Some("dumps/b"));
    }

    #[test]
    fn an_empty_place_is_known_to_be_empty() {
        assert_eq!(seen(vec![vec![object("dumps/", 900, 0)]]), Some(Dumps::default()));
    }

    #[test]
    fn an_object_without_its_age_spoils_the_list() {
        assert_eq!(seen(vec![vec![Object::builder().key("dumps/a").size(1).build()]]), None);
    }
}
