//! A declaration that is read anew: taken whole, or the last one stays in force, and either is told.

use crate::event::Event;
use crate::settings::Removal;
use crate::source::{Change, Fresh, Source};
use crate::voice::Voice;

/// What is declared now, and how it differs from what was; nothing where the last stays in force.
pub(crate) async fn reread<S: Source>(
    source: &mut S,
    before: &Fresh,
    removal: Removal,
    voice: &Voice,
) -> Option<(Fresh, Change)> {
    let read = match source.read().await {
        Ok(read) => read,
        Err(error) => {
            voice.tell(Event::Unreadable { why: error.0 });
            return None;
        }
    };
    let change = Change::between(&before.estate, &read.estate);
    if change.is_mass_removal() && removal == Removal::HeldBack {
        voice.tell(Event::HeldBack { removed: change.removed, of: change.of });
        return None;
    }
    voice.tell(Event::Read {
        revision: read.revision.clone(),
        sources: read.estate.sources().count(),
        changed: change.changed.len(),
        removed: change.removed,
    });
    Some((read, change))
}
