//! A whole survey from any bytes, bare and inside the frame that the first byte picks.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use rdpctl_guest::frame::Nonce;
use rdpctl_guest::observe::Observation;
use rdpctl_model::guest::ChannelKind;

fuzz_target!(|bytes: &[u8]| {
    let nonce = Nonce::from_number(0x7f3a);
    let Ok(observation) = Observation::new(nonce, &BTreeSet::from([3389]), None) else { return };
    let _ = observation.read(ChannelKind::Winrm, bytes);
    let Some((pick, body)) = bytes.split_first() else { return };
    let tags = observation.batch().tags();
    let tag = &tags[usize::from(*pick) % tags.len()];
    let opening = format!("#00007f3a B {tag}\r\n").into_bytes();
    let framed = [opening.as_slice(), body, b"\r\n#00007f3a E 0\r\n#00007f3a Z\r\n"];
    let _ = observation.read(ChannelKind::Winrm, &framed.concat());
});
