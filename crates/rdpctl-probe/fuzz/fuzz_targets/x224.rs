//! The answer to a negotiation request: no panic, and no wish beyond its limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rdpctl_probe::wire::x224::{LONGEST, Scan, printable, scan};

fuzz_target!(|bytes: &[u8]| {
    if let Scan::Need(missing) = scan(bytes) {
        assert!(missing > 0 && bytes.len() + missing <= LONGEST);
    }
    assert!(printable(bytes).len() <= 32);
});
