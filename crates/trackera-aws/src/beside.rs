//! Many questions beside each other: about every bucket, every user, every key.
//!
//! A question that waits for its turn holds the place of all its answers, ten thousand bytes for a bucket. So no more are
//! begun than can be under way; the others are not even made.

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{self, StreamExt as _};

/// Twice the calls that are usually under way at once: whoever is free finds a question.
const BEGUN: usize = 64;

/// Asks all questions; the answers stand in the order of the questions, whichever came first.
pub(crate) fn beside<'a, T, F>(questions: impl IntoIterator<Item = F, IntoIter: Send + 'a>) -> BoxFuture<'a, Vec<T>>
where
    T: Send + 'a,
    F: Future<Output = T> + Send + 'a,
{
    let questions = questions.into_iter().enumerate();
    let ask = async move |(number, question): (usize, F)| (number, question.await);
    async move {
        let mut answers: Vec<(usize, T)> = stream::iter(questions.map(ask)).buffer_unordered(BEGUN).collect().await;
        answers.sort_unstable_by_key(|(number, _)| *number);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }
    .boxed()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn answers_stand_in_the_order_of_the_questions_and_few_are_begun_at_once() {
        let (begun, most) = (&AtomicUsize::new(0), &AtomicUsize::new(0));
        let questions = (0..1000usize).map(|number| async move {
            most.fetch_max(begun.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            for _ in 0..number % 7 {
                tokio::task::yield_now().await;
            }
            begun.fetch_sub(1, Ordering::Relaxed);
            number
        });
        assert!(beside(questions).await.into_iter().eq(0..1000));
        assert_eq!(most.load(Ordering::Relaxed), BEGUN);
    }
}
