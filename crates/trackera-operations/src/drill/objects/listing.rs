//! The newest version of every key below a prefix, page by page; and two such lists side by side.

use std::cmp::Ordering;
use std::vec;

use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::ports::{Cursor, ObjectVersion, Objects};

use super::super::{list, read_trouble};
use crate::action::ActionError;

/// A list that is read as it is needed; memory does not grow with it.
pub(in super::super) struct Listing<'a> {
    objects: &'a dyn Objects,
    place: &'a BucketPlace,
    page: vec::IntoIter<ObjectVersion>,
    after: Option<Cursor>,
    is_begun: bool,
    last: Option<String>,
}

impl<'a> Listing<'a> {
    pub(in super::super) fn new(objects: &'a dyn Objects, place: &'a BucketPlace) -> Self {
        Self { objects, place, page: Vec::new().into_iter(), after: None, is_begun: false, last: None }
    }

    /// The newest version of the next key, or the marker that it was deleted; none at the end.
    ///
    /// # Errors
    /// As the port says; and when the keys are in no order, because then two lists cannot be held against each other.
    pub(in super::super) async fn next(&mut self) -> Result<Option<ObjectVersion>, ActionError> {
        loop {
            if let Some(found) = self.page.find(|version| version.is_latest) {
                if self.last.as_ref().is_some_and(|last| *last >= found.key) {
                    let error = format!("the list of `{}` is not in the order of its keys", self.place.bucket);
                    return Err(ActionError::Refused(error));
                }
                self.last = Some(found.key.clone());
                return Ok(Some(found));
            }
            if self.is_begun && self.after.is_none() {
                return Ok(None);
            }
            let below = list::name(self.place, &self.place.prefix);
            let page = self.objects.page(&below, self.after.as_ref()).await.map_err(|error| read_trouble(&error))?;
            (self.page, self.after, self.is_begun) = (page.versions.into_iter(), page.next, true);
        }
    }
}

/// One key in two places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Pair {
    /// The key.
    pub(in super::super) key: String,
    /// Its newest version in the bucket.
    pub(in super::super) original: Option<ObjectVersion>,
    /// Its newest version in the replica.
    pub(in super::super) replica: Option<ObjectVersion>,
}

/// Two lists side by side.
pub(in super::super) struct Pairs<'a> {
    lists: [Listing<'a>; 2],
    heads: [Option<ObjectVersion>; 2],
    is_begun: bool,
}

impl<'a> Pairs<'a> {
    pub(in super::super) fn new(objects: &'a dyn Objects, original: &'a BucketPlace, replica: &'a BucketPlace) -> Self {
        let lists = [Listing::new(objects, original), Listing::new(objects, replica)];
        Self { lists, heads: [None, None], is_begun: false }
    }

    /// The next key of either list; none at the end of both.
    ///
    /// # Errors
    /// As those of the lists.
    pub(in super::super) async fn next(&mut self) -> Result<Option<Pair>, ActionError> {
        let [originals, replicas] = &mut self.lists;
        if !self.is_begun {
            (self.heads, self.is_begun) = ([originals.next().await?, replicas.next().await?], true);
        }
        let [original, replica] = &mut self.heads;
        let order = match (&original, &replica) {
            (None, None) => return Ok(None),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(original), Some(replica)) => original.key.cmp(&replica.key),
        };
        let original = if order.is_le() { std::mem::replace(original, originals.next().await?) } else { None };
        let replica = if order.is_ge() { std::mem::replace(replica, replicas.next().await?) } else { None };
        let key = original.as_ref().or(replica.as_ref()).map(|found| found.key.clone()).unwrap_or_default();
        Ok(Some(Pair { key, original, replica }))
    }
}
