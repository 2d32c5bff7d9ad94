//! A certificate that a server claims to have: the thumbprints are always there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rdpctl_probe::certificate::Certificate;

fuzz_target!(|bytes: &[u8]| {
    let certificate = Certificate::read(bytes, 1);
    assert_eq!((certificate.sha1.len(), certificate.sha256.len()), (40, 64));
});
