//! How an order may end, besides the vendor's own faults.

use rdpctl_contract::cloud::CloudError;
use rdpctl_model::Said;
use rdpctl_model::outcome::Receipt;

/// A receipt for what was as wanted before anybody did anything.
pub(super) fn already(note: Said) -> Receipt {
    Receipt { note, already: true, ..Receipt::default() }
}

/// A receipt for what was done.
pub(super) fn done(note: Said) -> Receipt {
    Receipt { note, ..Receipt::default() }
}

/// The world is no longer as the plan saw it.
pub(super) fn stale(moved: Said) -> CloudError {
    CloudError::Stale { moved }
}
