//! Lists that come in pages, read to their end: what a list that was cut leaves out would look as if it were not there.

use std::collections::BTreeSet;

use trackera_core::recovery::ports::PortError;

use super::failure::malformed;

/// No list that drills ask for has more pages.
const MAX_PAGES: usize = 10_000;

/// Reads a list; `fetch` gives a page for a token, and the token of the next.
pub(super) async fn every<T, F>(
    operation: &'static str,
    fetch: impl Fn(Option<String>) -> F,
) -> Result<Vec<T>, PortError>
where
    F: Future<Output = Result<(Option<Vec<T>>, Option<String>), PortError>>,
{
    let (mut items, mut seen, mut token) = (Vec::new(), BTreeSet::new(), None);
    for _ in 0..MAX_PAGES {
        let (page, next) = fetch(token.take()).await?;
        items.extend(page.ok_or_else(|| malformed(operation))?);
        match next.filter(|next| !next.is_empty()) {
            None => return Ok(items),
            Some(next) if seen.insert(next.clone()) => token = Some(next),
            Some(_) => break,
        }
    }
    Err(malformed(operation))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATION: &str = "rds:DescribeDBInstances";

    #[tokio::test]
    async fn a_list_is_read_to_its_end() {
        let fetch = |token: Option<String>| async move {
            Ok(if token.is_none() { (Some(vec![1]), Some("two".to_owned())) } else { (Some(vec![2]), None) })
        };
        assert_eq!(every(OPERATION, fetch).await.unwrap(), [1, 2]);
    }

    #[tokio::test]
    async fn a_list_that_goes_round_or_lacks_its_items_is_not_one() {
        let round = |_| async move { Ok((Some(vec![1]), Some("same".to_owned()))) };
        assert!(every(OPERATION, round).await.unwrap_err().outcome_is_unknown());
        let empty = |_| async move { Ok((None::<Vec<u8>>, None)) };
        assert!(every(OPERATION, empty).await.unwrap_err().outcome_is_unknown());
    }
}
