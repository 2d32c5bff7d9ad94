//! `offline = { keep = "7d", hold = false }`: the repair of a disk that a cloud holds.

use rdpctl_model::declaration::Provider;
use rdpctl_model::mending::{Hold, OfflineWish};

use super::snapshot::kept;
use crate::diagnostic::Problems;
use crate::tree::Fields;

pub(crate) const KEYS: &[&str] = &["keep", "hold"];

/// What is declared; nothing is repaired where nothing is.
pub(super) fn wish(
    of: &Fields<'_>,
    provider: Option<&Provider>,
    problems: &mut Problems,
) -> Option<OfflineWish> {
    let node = of.get("offline")?;
    let by_hand = "name its disk instead: `disk = \"/dev/sdc\"`, or an image";
    let help = provider.map(|provider| &provider.account).and_then(|account| {
        if account.kind().is_cloud() { account.way_out() } else { Some(by_hand.to_owned()) }
    });
    if let Some(help) = help {
        problems.error(node.place, "nobody here can swap its system disk").help(help);
        return None;
    }
    let fields = Fields::open(node, node.place, "`offline`".to_owned(), KEYS, problems)?;
    let mut wish = OfflineWish::default();
    if let Some(hold) = fields.get("hold").and_then(|node| node.boolean("hold", problems)) {
        wish.hold = if hold { Hold::Stop } else { Hold::GoOn };
    }
    if let Some(keep) = fields.get("keep").and_then(|node| kept(node, problems)) {
        wish.keep = keep;
    }
    Some(wish)
}
