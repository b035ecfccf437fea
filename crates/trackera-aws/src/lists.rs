//! Lists that come in pages: always read to their end, or marked as not whole.
//!
//! The services mark the end in two ways, by an absent token and by a flag. A page without the element that holds its
//! items, a flag without a marker, a token given twice and a list without end are malformed answers, never short lists.

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use trackera_core::resource::{ErrorClass, Gap};

use crate::call::{Failure, Place};
use crate::errors::SdkError;

/// No list of a company that this is made for has more pages, even at one item for each page.
const MAX_PAGES: usize = 20_000;

/// One page, opened.
pub(crate) struct Page<T> {
    items: Option<Vec<T>>,
    next: Next,
}

enum Next {
    End,
    Token(String),
    Missing,
}

impl<T> Page<T> {
    /// A page of a service that gives a token as long as there is more.
    pub(crate) fn by_token(items: Option<Vec<T>>, token: Option<String>) -> Self {
        let token = token.filter(|token| !token.is_empty());
        Self { items, next: token.map_or(Next::End, Next::Token) }
    }

    /// A page of a service that says whether there is more.
    pub(crate) fn by_flag(items: Option<Vec<T>>, truncated: bool, marker: Option<String>) -> Self {
        let next = match (truncated, marker.filter(|marker| !marker.is_empty())) {
            (false, _) => Next::End,
            (true, Some(marker)) => Next::Token(marker),
            (true, None) => Next::Missing,
        };
        Self { items, next }
    }
}

impl<T> Page<T> {
    /// Converts the items at once, so that no more than a page of what the SDK gives is ever held.
    pub(crate) fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.map(|items| items.into_iter().map(convert).collect()), next: self.next }
    }
}

/// A list as far as it could be read.
pub(crate) struct Listed<T> {
    /// What was read, also before a gap.
    pub(crate) items: Vec<T>,
    /// What kept the list from being whole.
    pub(crate) gaps: Vec<Gap>,
}

impl<T> Listed<T> {
    /// The items if the list is whole, or else the gap that stands for whatever depends on it.
    pub(crate) fn whole(&self) -> Result<&[T], Gap> {
        match self.gaps.first() {
            None => Ok(&self.items),
            Some(gap) => Err(gap.clone()),
        }
    }
}

impl Place<'_> {
    /// Reads a list page by page; `request` takes the token of the page to ask for.
    pub(crate) async fn list<T, O, E, F>(
        &self,
        operation: &'static str,
        resource: Option<&str>,
        request: impl Fn(Option<String>) -> F,
        open: impl FnMut(O) -> Page<T>,
    ) -> Listed<T>
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<O, SdkError<E>>>,
    {
        let fetch = |token| self.call(operation, resource, || request(token));
        self.pages(operation, resource, fetch, open).await
    }

    /// Reads a list page by page; `fetch` makes the call for the page with a token.
    pub(crate) async fn pages<T, O, F>(
        &self,
        operation: &'static str,
        resource: Option<&str>,
        fetch: impl Fn(Option<String>) -> F,
        mut open: impl FnMut(O) -> Page<T>,
    ) -> Listed<T>
    where
        F: Future<Output = Result<O, Failure>>,
    {
        let mut listed = Listed { items: Vec::new(), gaps: Vec::new() };
        let mut seen = BTreeSet::new();
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let page = match fetch(token.take()).await {
                Ok(answer) => open(answer),
                Err(failure) => {
                    listed.gaps.push(failure.gap);
                    return listed;
                }
            };
            let Some(items) = page.items else { break };
            listed.items.extend(items);
            match page.next {
                Next::End => return listed,
                Next::Token(next) if seen.insert(next.clone()) => token = Some(next),
                Next::Token(_) | Next::Missing => break,
            }
        }
        listed.gaps.push(self.gap(operation, resource, ErrorClass::MalformedAnswer));
        listed
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use aws_sdk_iam::operation::list_users::ListUsersError;

    use super::*;
    use crate::call::{Door, Proven};

    const OPERATION: &str = "iam:ListUsers";

    async fn read(allowed: bool, pages: fn(Option<String>) -> Page<u8>) -> Listed<u8> {
        let allowed = if allowed { BTreeSet::from([OPERATION]) } else { BTreeSet::new() };
        let door = Door::new(allowed, 1, &());
        let place = Place::global(&door, "000000000000", Proven::default());
        let request = |token| ready(Ok::<_, SdkError<ListUsersError>>(token));
        place.list(OPERATION, None, request, pages).await
    }

    fn class(listed: &Listed<u8>) -> Option<ErrorClass> {
        listed.gaps.first().map(|gap| gap.error_class)
    }

    #[tokio::test]
    async fn every_page_is_read() {
        let listed = read(true, |token| match token.as_deref() {
            None => Page::by_token(Some(vec![1]), Some("two".to_owned())),
            Some("two") => Page::by_flag(Some(vec![2]), true, Some("three".to_owned())),
            Some(_) => Page::by_token(Some(vec![3]), Some(String::new())),
        });
        let listed = listed.await;
        assert_eq!((listed.items.as_slice(), class(&listed)), ([1, 2, 3].as_slice(), None));
    }

    #[tokio::test]
    async fn a_page_without_its_items_is_malformed_not_empty() {
        let listed = read(true, |_| Page::by_token(None, None)).await;
        assert_eq!(class(&listed), Some(ErrorClass::MalformedAnswer));
    }

    #[tokio::test]
    async fn a_token_that_comes_again_ends_the_list_as_not_whole() {
        let listed = read(true, |_| Page::by_token(Some(vec![1]), Some("same".to_owned()))).await;
        assert_eq!(class(&listed), Some(ErrorClass::MalformedAnswer));
        assert!(listed.whole().is_err());
    }

    #[tokio::test]
    async fn more_without_a_marker_is_malformed() {
        let listed = read(true, |_| Page::by_flag(Some(vec![1]), true, None)).await;
        assert_eq!(class(&listed), Some(ErrorClass::MalformedAnswer));
    }

    #[tokio::test]
    async fn what_the_demand_does_not_want_is_not_called() {
        let listed = read(false, |_| Page::by_token(Some(vec![1]), None)).await;
        assert_eq!(class(&listed), Some(ErrorClass::NotCollected));
        assert!(listed.items.is_empty());
    }
}
