//! Plain lists of a subscription's things, page after page.

use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::arm::Page;
use super::client::{Ask, Client};
use super::error::ArmError;
use crate::moved::say as moved;

impl Client {
    /// All of a list.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        what: &str,
        version: &str,
        stop: &CancellationToken,
    ) -> Result<Vec<T>, ArmError> {
        let mut all = Vec::new();
        let mut to = format!("{}/providers/{what}", self.root());
        loop {
            let answer = self.call(&Ask::get(&to, version), stop).await?;
            let page: Page<T> = answer.read()?;
            all.extend(page.value);
            match page.next_link.filter(|next| !next.is_empty()) {
                None => return Ok(all),
                // Our token goes to nobody else.
                Some(next) if self.places.holds(&next) => to = next,
                Some(_) => {
                    return Err(ArmError::Garbled {
                        action: what.to_owned(),
                        source: moved::next_page_elsewhere().into(),
                    });
                }
            }
        }
    }
}
