//! What is said of repairs.

use rdpctl_model::Gap;
use rdpctl_model::declaration::Instance;
use rdpctl_model::mending::{Hold, OfflineWish};

use super::record::Record;
use crate::out::safe;

/// API calls of a repair whose change is small; each further 16 KB of sectors cost three more.
pub(super) const CALLS: u64 = 85;
/// Minutes for which the machine is stopped.
pub(super) const MINUTES: u64 = 12;

/// What would be done, in its order, and what it costs.
pub(super) fn plan(instance: &Instance, wish: &OfflineWish, gap: &Gap) -> String {
    let name = safe(instance.name.as_str()).into_owned();
    let hours = wish.keep.as_secs() / 3600;
    let keep = if hours.is_multiple_of(24) {
        format!("{} days", hours / 24)
    } else {
        format!("{hours} hours")
    };
    let mut text = format!(
        "\n{name}: nothing in its Windows answers ({}). Its disk can be repaired, in this order:\n",
        safe(&gap.to_string())
    );
    let held = match wish.hold {
        Hold::Stop => 5,
        Hold::GoOn => usize::MAX,
    };
    let steps = [
        format!("stop {name} (deallocate)"),
        "snapshot its system disk".to_owned(),
        "make a disk of the snapshot".to_owned(),
        "read the snapshot by a short-lived link, judge it, and compute the edit here".to_owned(),
        "attach the new disk to a small Linux VM without an address".to_owned(),
        "write the changed sectors there, each compared before and read back after".to_owned(),
        "detach the disk; delete the VM and its interface".to_owned(),
        format!("swap the system disk of {name}"),
        format!("start {name}"),
        "prove it from outside".to_owned(),
        format!("delete the snapshot; the former disk is kept for {keep} and then given back"),
    ];
    for (number, step) in (1..).zip(steps).take(held) {
        text.push_str(&format!("  {number:2}. {step}\n"));
    }
    if wish.hold == Hold::Stop {
        text.push_str("      held there, as declared (hold = true), for a person's hands\n");
    }
    text.push_str(&format!(
        "  About {CALLS} API calls and {MINUTES} minutes in which it is stopped. Billed: one small VM (Standard_B1s or the next that\n  there is) and a snapshot for these minutes, a second disk of the same kind for {keep}. No drive letter and no log-on to\n  the helping VM are needed: the disk is edited by its sectors. Guards: offline-repair, spend.\n"
    ));
    text
}

/// What a former run left.
pub(super) fn left(record: &Record) -> String {
    let (run, name) = (safe(&record.run).into_owned(), safe(record.instance.as_str()).into_owned());
    format!(
        "\n{name}: run {run} has its disk in hand (copy {}, VM {}); the next `rdpctl apply` goes on with it or puts it back\n",
        safe(&record.copy.id.short()),
        safe(&record.helper.id.short())
    )
}
