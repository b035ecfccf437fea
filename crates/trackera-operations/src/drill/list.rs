//! What lies below a prefix, as backups see it: the newest version of every key that was not deleted.

use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::ports::{ObjectName, ObjectVersion, Objects};

use super::read_trouble;
use crate::action::ActionError;

/// A bucket with more keys below one prefix than this is no place for backups.
const MOST: usize = 200_000;

/// The name of what begins with `key` in a place.
pub(super) fn name(place: &BucketPlace, key: &str) -> ObjectName {
    ObjectName { region: place.region.clone(), bucket: place.bucket.clone(), key: key.to_owned() }
}

/// The newest version of every key below a beginning, without those that were deleted, in the order of the keys.
///
/// # Errors
/// As the port says; and when there are too many to be backups.
pub(super) async fn newest(
    objects: &dyn Objects,
    place: &BucketPlace,
    beginning: &str,
) -> Result<Vec<ObjectVersion>, ActionError> {
    let below = name(place, beginning);
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = objects.page(&below, after.as_ref()).await.map_err(|error| read_trouble(&error))?;
        found.extend(page.versions.into_iter().filter(|version| version.is_latest && version.size.is_some()));
        if found.len() > MOST {
            return Err(ActionError::Refused(format!("more than {MOST} objects lie below `{beginning}`")));
        }
        let Some(next) = page.next else { return Ok(found) };
        after = Some(next);
    }
}
