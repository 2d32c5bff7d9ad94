//! What came of an order, and what comes of a check, from any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rdpctl_guest::check::Checking;
use rdpctl_guest::frame::Nonce;
use rdpctl_guest::perform::Performance;
use rdpctl_guest::script::Form;
use rdpctl_model::GuestAction;
use rdpctl_model::guest::RegData;
use rdpctl_model::step::{Setting, StartType};

fuzz_target!(|bytes: &[u8]| {
    let nonce = Nonce::from_number(0x7f3a);
    let actions = [
        GuestAction::SetRegistry {
            key: r"HKLM\SOFTWARE\A".to_owned(),
            name: "V".to_owned(),
            data: RegData::Dword(1),
            setting: Setting::RemoteConnections,
        },
        GuestAction::SetServiceStart { service: "TermService".to_owned(), start: StartType::Auto },
        GuestAction::DeleteFirewallRule { port: 3390 },
        GuestAction::DeleteRegistryKey { key: r"HKLM\SOFTWARE\A\B\C".to_owned(), setting: Setting::RemoteConnections },
    ];
    let Ok(performance) = Performance::new(nonce.clone(), &actions, "run", Form::File) else { return };
    let _ = performance.goes_on(0, bytes);
    let _ = performance.read(&[bytes.to_vec()]);
    let checks: Vec<_> = actions.iter().flat_map(GuestAction::proves).collect();
    let Ok(checking) = Checking::new(nonce, &checks) else { return };
    let _ = checking.read(bytes);
});
