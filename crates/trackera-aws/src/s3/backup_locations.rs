//! Places where dumps are expected: what lies there, how old it is and how it is encrypted.
//!
//! Objects are listed and the headers of the newest are read; the content of an object never is.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::Object;
use futures_util::future::join_all;
use jiff::Timestamp;
use trackera_core::resource::{BackupLocation, ErrorClass, Gap, Observed};

use super::home::Home;
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{moment, text};
use crate::lists::{Listed, Page};
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
    let listed = list(&home, &id, &backup.prefix).await;
    if !listed.gaps.is_empty() {
        return (None, listed.gaps);
    }
    let dumps = listed.items.into_iter().fold(Dumps::default(), Dumps::and);
    let newest = dumps.newest.as_ref();
    let encryption = match newest {
        Some(newest) => encryption(&home, &id, &newest.key).await,
        None => Ok(None),
    };
    let attributes = BackupLocation {
        bucket: backup.bucket.clone(),
        prefix: backup.prefix.clone(),
        object_count: dumps.count,
        newest_key: newest.map(|newest| newest.key.clone()),
        newest_last_modified: newest.map(|newest| newest.last_modified),
        newest_size: newest.map(|newest| newest.size),
        newest_server_side_encryption: Observed::from(encryption),
        sampled_objects: Observed::Unknown(home.place.gap(HEAD, None, ErrorClass::NotCollected)),
    };
    (Some(Found::new(Some(id.clone()), Some((id, attributes))).in_region(&home.place.region)), Vec::new())
}

/// The list of objects, each page reduced to what is needed of it: there may be very many.
async fn list(home: &Home<'_>, id: &str, prefix: &str) -> Listed<Dumps> {
    let fetch = |token: Option<String>| {
        home.call(LIST, id, move |client, bucket| {
            let request = client.list_objects_v2().bucket(bucket).prefix(prefix);
            request.set_continuation_token(token.clone()).send()
        })
    };
    let open = |page: ListObjectsV2Output| {
        let dumps = Dumps::of(page.contents.unwrap_or_default());
        let items = page.is_truncated.and(dumps).map(|dumps| vec![dumps]);
        Page::by_flag(items, page.is_truncated.unwrap_or_default(), page.next_continuation_token)
    };
    home.place.pages(LIST, Some(id), fetch, open).await
}

async fn encryption(home: &Home<'_>, id: &str, key: &str) -> Result<Option<String>, Gap> {
    let request = |client: Client, bucket| client.head_object().bucket(bucket).key(key).send();
    let answer = home.call(HEAD, id, request).await?;
    Ok(answer.server_side_encryption.and_then(|encryption| text(Some(encryption.as_str().to_owned()))))
}

/// How many dumps there are, and the newest of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Dumps {
    count: i64,
    newest: Option<Dump>,
}

/// One dump; ordered by age, and by key among those of one moment.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Dump {
    last_modified: Timestamp,
    key: String,
    size: i64,
}

impl Dumps {
    /// The dumps among some objects; `None` when one of the objects cannot be read.
    fn of(objects: Vec<Object>) -> Option<Self> {
        let objects = objects.into_iter().filter(|object| !is_folder(object));
        let dumps = objects.map(dump).map(|dump| dump.map(|dump| Self { count: 1, newest: Some(dump) }));
        dumps.collect::<Option<Vec<_>>>().map(|dumps| dumps.into_iter().fold(Self::default(), Self::and))
    }

    fn and(self, other: Self) -> Self {
        Self { count: self.count + other.count, newest: self.newest.max(other.newest) }
    }
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

    #[test]
    fn the_newest_dump_is_found_over_all_pages_and_folders_are_none() {
        let first = Dumps::of(vec![object("dumps/", 900, 0), object("dumps/a", 300, 5)]).unwrap();
        let second = Dumps::of(vec![object("dumps/b", 500, 0), object("dumps/c", 100, 5)]).unwrap();
        let all = first.and(second);
        assert_eq!(all.count, 3);
        assert_eq!(all.newest.map(|newest| newest.key).as_deref(), Some("dumps/b"));
    }

    #[test]
    fn an_empty_place_is_known_to_be_empty() {
        assert_eq!(Dumps::of(vec![object("dumps/", 900, 0)]), Some(Dumps::default()));
    }

    #[test]
    fn an_object_without_its_age_spoils_the_list() {
        assert_eq!(Dumps::of(vec![Object::builder().key("dumps/a").size(1).build()]), None);
    }
}
