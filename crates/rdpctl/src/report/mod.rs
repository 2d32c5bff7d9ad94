//! What rdpctl shows: one value in, one form out. Untrusted text is escaped here, where it leaves.

pub(crate) mod called;
mod certificate;
pub(crate) mod doctor_disk;
pub(crate) mod doctor_markdown;
pub(crate) mod doctor_text;
pub(crate) mod dot;
pub(crate) mod drift;
pub(crate) mod ended;
pub(crate) mod evidence;
pub(crate) mod gaps;
pub(crate) mod guest_text;
pub(crate) mod imported;
pub(crate) mod markdown;
pub(crate) mod markup;
pub(crate) mod mermaid;
pub(crate) mod next;
pub(crate) mod plan;
pub(crate) mod plan_disk;
pub(crate) mod plan_json;
pub(crate) mod price;
pub(crate) mod probe;
pub(crate) mod record;
pub(crate) mod refused;
pub(crate) mod repairs;
pub(crate) mod says;
pub(crate) mod sessions;
pub(crate) mod standing;
pub(crate) mod summary;
pub(crate) mod svg;
pub(crate) mod table;
pub(crate) mod when;
pub(crate) mod who;
pub(crate) mod words;

use rdpctl_engine::Extent;

/// Whose own values a plan for people shows: where few share a difference, and where so many do that one of each tells.
pub(crate) const EXAMPLES: Extent = Extent::Examples { groups: plan::GROUPS_SHOWN, members: 50 };
