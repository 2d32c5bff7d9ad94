//! The readers of single tools from any text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rdpctl_guest::read::{acl, events, registry, service, sockets};

fuzz_target!(|text: &str| {
    let _ = acl::saved(text);
    let _ = events::events(text);
    let _ = registry::dump(text, r"HKLM\SOFTWARE\A");
    let _ = service::state("TermService", 0, text);
    let _ = sockets::listeners(text);
    let _ = sockets::processes(text);
});
