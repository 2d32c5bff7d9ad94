//! Listings of more than one page: the first says how many there are, the rest are fetched side by side.

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::api::{BATCH, Page};
use super::client::{Action, Client};
use super::error::CallError;

/// Pages fetched side by side.
pub(crate) const SIDE_BY_SIDE: usize = 16;

/// The most pages that a listing may have, should the vendor name an absurd total: a million items.
const MOST_PAGES: usize = 10_000;

/// The offsets of the pages after the first.
pub(crate) fn offsets(total: usize) -> impl Iterator<Item = usize> {
    (1..total.div_ceil(BATCH).min(MOST_PAGES)).map(|page| page * BATCH)
}

/// Fetches a whole listing; the request for the page at an offset is made by `at`.
pub(crate) async fn all<A, F>(
    client: &Client,
    at: F,
    stop: &CancellationToken,
) -> Result<Vec<Item<A>>, CallError>
where
    A: Action,
    A::Reply: Page,
    F: Fn(usize) -> A + Sync,
{
    let (total, mut items) = client.call(&at(0), stop).await?.fields.split();
    let at = &at;
    let rest: Vec<Vec<Item<A>>> = stream::iter(offsets(total))
        .map(|offset| async move {
            let answer = client.call(&at(offset), stop).await?;
            Ok::<_, CallError>(answer.fields.split().1)
        })
        .buffered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    items.extend(rest.into_iter().flatten());
    Ok(items)
}

/// What an action lists.
pub(crate) type Item<A> = <<A as Action>::Reply as Page>::Item;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_after_the_first_are_known_from_the_total() {
        for (total, expected) in
            [(0, &[][..]), (100, &[]), (101, &[100]), (250, &[100, 200]), (300, &[100, 200])]
        {
            assert_eq!(offsets(total).collect::<Vec<_>>(), expected, "{total}");
        }
        assert_eq!(offsets(usize::MAX).count(), 9_999);
    }
}
