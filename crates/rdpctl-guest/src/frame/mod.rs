//! Frames: how commands are bundled so that each one's output and exit code can be told apart, or missed.

mod batch;
mod code_page;
mod nonce;
mod reply;

pub use batch::Batch;
pub(crate) use batch::file_head;

pub use code_page::CodePage;
pub use nonce::Nonce;
pub(crate) use reply::OEM_PAGE;
pub use reply::{Frame, Frames, REPLY_LIMIT};
