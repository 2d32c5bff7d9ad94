//! A TLS first flight: read alike whole and in pieces, and never more kept than came.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rdpctl_probe::wire::flight::Flight;

fn facts(flight: &Flight) -> impl PartialEq + std::fmt::Debug {
    (flight.end, flight.hello, flight.certificates.len(), flight.key_exchange)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&piece, bytes)) = bytes.split_first() else { return };
    let (mut whole, mut cut) = (Flight::default(), Flight::default());
    whole.push(bytes);
    for piece in bytes.chunks(usize::from(piece.max(1))) {
        cut.push(piece);
    }
    assert_eq!(facts(&whole), facts(&cut));
    assert!(whole.certificates.iter().map(Vec::len).sum::<usize>() <= bytes.len());
});
