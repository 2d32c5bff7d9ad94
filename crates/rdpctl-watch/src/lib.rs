//! The continuous loop: declarations and worlds are looked at again and again, each thing at its own pace, and what
//! turned is told.
//!
//! When something is looked at is decided by kube-runtime's scheduler, which keeps one entry for each subject, the
//! earliest winning; in which order what is due has its turn, by a dispatcher of our own, since that of kube-runtime
//! starves some under load. What looking and reconciling mean is the engine's, as for every other command.

mod conduct;
mod dispatch;
pub mod event;
pub mod files;
mod judge;
mod judged;
mod leave;
mod mend;
mod pace;
mod registry;
mod remembered;
mod reread;
mod settings;
mod shift;
pub mod signals;
pub mod source;
mod subject;
mod timetable;
mod tools;
mod undo;
mod voice;
pub mod watch;
mod work;

pub use event::{Event, Turn};
pub use files::Files;
pub use judge::note;
pub use judged::{Judged, Shows};
pub use pace::Pace;
pub use settings::{Ended, Removal, Settings, Until};
pub use signals::{Doing, OfCloud, Role, Said, Signals};
pub use source::{Fresh, InHands, Revision, Source, Unreadable};
pub use watch::{Watch, WatchError};
