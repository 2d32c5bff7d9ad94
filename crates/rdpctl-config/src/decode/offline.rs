//! `offline = { keep = "7d", hold = false }`: the repair of a disk that a cloud holds.

use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::mending::{Hold, OfflineWish};

use super::snapshot::kept;
use crate::diagnostic::Problems;
use crate::tree::Fields;

pub(crate) const KEYS: &[&str] = &["keep", "hold"];

/// What is declared; nothing is repaired where nothing is.
pub(super) fn wish(
    of: &Fields<'_>,
    kind: Option<ProviderKind>,
    problems: &mut Problems,
) -> Option<OfflineWish> {
    let node = of.get("offline")?;
    let help = match kind {
        Some(ProviderKind::Azure) | None => None,
        Some(ProviderKind::Static) => {
            Some("name its disk instead: `disk = \"/dev/sdc\"`, or an image")
        }
        Some(ProviderKind::Tencent) => Some(
            "Tencent Cloud detaches no system disk, and whether its rescue mode takes this Windows is told by nothing but EnterRescueMode itself, which stops the machine: roll its disk back to a snapshot, or enter rescue mode by hand where the region has it",
        ),
    };
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

/// A repair swaps the system disk of one machine, and is granted by that machine's id.
pub(super) fn refuse_for_a_fleet(of: &Fields<'_>, problems: &mut Problems) {
    if let Some(node) = of.get("offline") {
        problems
            .error(node.place, "the disks of a fleet's members are not repaired")
            .help("a repair swaps a machine's system disk and is granted by the machine's id: declare that member by itself, as an `[instance.NAME]` with `id` and `offline`");
    }
}
