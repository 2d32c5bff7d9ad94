//! The answer to the NTLM negotiation: its length, its challenge, its error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rdpctl_probe::wire::credssp::{LONGEST, Scan, error_code, scan};
use rdpctl_probe::wire::ntlm::challenge;

fuzz_target!(|bytes: &[u8]| {
    if let Scan::Need(missing) = scan(bytes) {
        assert!(missing > 0 && bytes.len() + missing <= LONGEST);
    }
    if let Some(challenge) = challenge(bytes) {
        assert!(challenge.target.unwrap_or_default().len() <= 3 * bytes.len());
    }
    assert!(error_code(bytes).is_none() || bytes.len() >= 6);
});
