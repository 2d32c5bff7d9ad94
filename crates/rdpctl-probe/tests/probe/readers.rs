//! Whatever a server sends, the readers neither panic nor want more than they should.

use proptest::collection::vec;
use proptest::prelude::*;
use rdpctl_probe::certificate::Certificate;
use rdpctl_probe::wire::flight::{End, Flight, LONGEST_FLIGHT};
use rdpctl_probe::wire::x224::{self, Scan};
use rdpctl_probe::wire::{credssp, ntlm};

use crate::vectors::unhex;

/// Real messages with a few bytes changed reach further into a reader than noise does.
fn spoiled(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let real = unhex(text);
    let length = real.len();
    (vec((0..length, any::<u8>()), 0..6), 0..=length).prop_map(move |(changes, kept)| {
        let mut bytes = real.clone();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(kept);
        bytes
    })
}

fn flight_in_pieces(bytes: &[u8], piece: usize) -> Flight {
    let mut flight = Flight::default();
    for piece in bytes.chunks(piece) {
        flight.push(piece);
    }
    flight
}

fn facts(flight: &Flight) -> (Option<End>, Option<u16>, usize, bool) {
    (
        flight.end,
        flight.hello.map(|hello| hello.suite),
        flight.certificates.len(),
        flight.key_exchange,
    )
}

const CONFIRM: &str = "030000130ed000001234000201080001000000";
const FLIGHT: &str = "
    160303002a020000260303000000000000000000000000000000000000000000000000000000000000000000c02f00
    160303000d0b00000900000600000330030116030300040c00000016030300040e000000";
const CHALLENGE: &str = "
    30819fa003020106a17430723070a06e046c4e544c4d53535000020000000400040038000000b78288e2
    6a8770ef463f6f350000000000000000300030003c0000000601b11d0000000f56004d00
    0200040056004d000100040056004d000400040076006d000300040076006d000700080080c9a8f2167add01
    00000000a5220420b0183f37fc01946dba1388d4e5308990cf69530badc7cd9edd9e6c4bbbba7406";

proptest! {
    #[test]
    fn an_answer_wants_at_most_its_limit(bytes in prop_oneof![vec(any::<u8>(), 0..600), spoiled(CONFIRM)]) {
        if let Scan::Need(missing) = x224::scan(&bytes) {
            prop_assert!(missing > 0 && bytes.len() + missing <= x224::LONGEST);
        }
    }

    #[test]
    fn a_challenge_wants_at_most_its_limit(bytes in prop_oneof![vec(any::<u8>(), 0..600), spoiled(CHALLENGE)]) {
        if let credssp::Scan::Need(missing) = credssp::scan(&bytes) {
            prop_assert!(missing > 0 && bytes.len() + missing <= credssp::LONGEST);
        }
        prop_assert!(credssp::error_code(&bytes).is_none() || bytes.len() >= 6);
        if let Some(challenge) = ntlm::challenge(&bytes) {
            prop_assert!(challenge.target.unwrap_or_default().len() <= 3 * bytes.len());
        }
    }

    #[test]
    fn a_flight_reads_the_same_however_it_is_cut(
        bytes in prop_oneof![vec(any::<u8>(), 0..600), spoiled(FLIGHT)],
        piece in 1_usize..40,
    ) {
        let whole = flight_in_pieces(&bytes, bytes.len().max(1));
        prop_assert_eq!(facts(&flight_in_pieces(&bytes, piece)), facts(&whole));
    }

    #[test]
    fn a_certificate_always_has_its_thumbprints(bytes in vec(any::<u8>(), 0..600)) {
        let certificate = Certificate::read(&bytes, 1);
        let other = Certificate::read(&[&bytes[..], b"."].concat(), 1);
        prop_assert_ne!((certificate.sha1, certificate.sha256), (other.sha1, other.sha256));
    }
}

#[test]
fn a_flight_without_end_is_given_up() {
    let mut flight = Flight::default();
    flight.push(&unhex(&FLIGHT[..100]));
    let noise = [&[22, 3, 3, 0x40, 0][..], &[0xff; 0x4000]].concat();
    let mut pushed = 0;
    while flight.end.is_none() {
        flight.push(&noise);
        pushed += noise.len();
        assert!(pushed <= LONGEST_FLIGHT + noise.len());
    }
    assert_eq!(flight.end, Some(End::Garbage));
}

#[test]
fn the_flight_that_is_spoiled_here_is_whole_when_it_is_not() {
    let flight = flight_in_pieces(&unhex(FLIGHT), 7);
    assert_eq!(facts(&flight), (Some(End::Complete), Some(0xc02f), 1, true));
}
