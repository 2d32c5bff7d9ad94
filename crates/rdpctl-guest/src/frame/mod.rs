//! Frames: how commands are bundled so that each one's output and exit code can be told apart, or missed.

mod batch;
mod code_page;
mod nonce;
mod reply;

pub use batch::Batch;

pub use code_page::CodePage;
pub(crate) use code_page::OEM_PAGE;
pub(crate) use nonce::DRAWN_THERE;
pub use nonce::Nonce;
pub use reply::{Frame, Frames, REPLY_LIMIT};
