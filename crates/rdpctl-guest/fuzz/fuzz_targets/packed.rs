//! Packed replies and cabinets from any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rdpctl_guest::frame::Nonce;
use rdpctl_guest::pack::{Assembly, unpack};

fuzz_target!(|bytes: &[u8]| {
    let _ = unpack(bytes);
    if let Ok(assembly) = Assembly::begin(&Nonce::from_number(0x7f3a), 4_096, bytes) {
        let _ = assembly.missing();
        let _ = assembly.finish();
    }
});
