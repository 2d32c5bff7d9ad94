//! Marks in any order, with any bytes between them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rdpctl_guest::frame::{Batch, Frames, Nonce};

fuzz_target!(|bytes: &[u8]| {
    let mut batch = Batch::new(Nonce::from_number(0x7f3a));
    batch.ask_code_page();
    for tag in ["a", "b", "c"] {
        batch.ask(tag, "x");
    }
    let frames = Frames::read(&batch, bytes);
    for tag in batch.tags() {
        if let Ok(frame) = frames.get(tag) {
            assert!(frame.text.chars().all(|letter| !letter.is_control() || matches!(letter, '\n' | '\t')));
        }
    }
});
