//! Writes what rdpctl sends into guests to a folder, one script a file, for interpreters that are not ours to run:
//! `.cmd` as the agents get them, `.line` as `WinRM` gets them.
//!
//! usage: scripts FOLDER

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use rdpctl_guest::check::Checking;
use rdpctl_guest::frame::{Batch, Nonce};
use rdpctl_guest::observe::Observation;
use rdpctl_guest::pack::{rest, slice};
use rdpctl_guest::perform::Performance;
use rdpctl_guest::script::{Form, Script};
use rdpctl_model::GuestAction;
use rdpctl_model::guest::{Closely, RegData};
use rdpctl_model::step::{BootElement, FirewallProfile, KeyHolder, Setting, StartType, Switch};

const FORMS: [(&str, Form); 3] =
    [("packed", Form::Packed { reply: 24_576 }), ("file", Form::File), ("lines", Form::Lines)];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: scripts FOLDER")?;
    let folder = Path::new(&folder);
    let pin = "0123456789ABCDEF0123456789ABCDEF01234567";
    for (name, form) in FORMS {
        let ports = BTreeSet::from([3389, 3390]);
        let observation = Observation::new(Nonce::from_number(1), &ports, Some(pin))?
            .closely(&BTreeSet::from([Closely::Policies]));
        write(folder, &format!("observation-{name}"), &observation.batch().script(form)?)?;
        let proofs: Vec<_> = actions().iter().flat_map(GuestAction::proves).collect();
        let checking = Checking::new(Nonce::from_number(2), &proofs)?;
        for (place, part) in checking.batch().split(form)?.iter().enumerate() {
            write(folder, &format!("checking-{place}-{name}"), &part.script(form)?)?;
        }
        // One order each, so that a failure, of which Wine has many, hides nothing behind it.
        for (place, action) in actions().into_iter().enumerate() {
            let nonce = Nonce::from_number(16 + u32::try_from(place)?);
            let order = Performance::new(nonce, &[action], "run-1", form)
                .map_err(|refused| format!("action {place}: {}", refused.why))?;
            for (part, script) in order.scripts().enumerate() {
                write(folder, &format!("order-{place:02}-{part}-{name}"), script)?;
            }
        }
    }
    // What vendors hold ready, whose mark the guest draws.
    let packed = Form::Packed { reply: 24_576 };
    let look = || Observation::fixed(&BTreeSet::from([pin.to_owned()]));
    write(folder, "held-look-packed", &look()?.batch().script(packed)?)?;
    let closely = look()?.closely(&Closely::ALL.into());
    write(folder, "held-look-closely-packed", &closely.batch().script(packed)?)?;
    let mut batch = Batch::new(Nonce::drawn_there());
    batch.ask("many", "for /l %i in (1,1,200) do @echo %i");
    write(folder, "rest-0-packed", &batch.script(Form::Packed { reply: 600 })?)?;
    write(folder, "rest-1-packed", &rest(1, 600))?;
    write(folder, "rest-2-packed", &rest(2, 600))?;
    // A slice is asked for while its folder is still there.
    let nonce = Nonce::from_number(3);
    let mut batch = Batch::new(nonce.clone());
    batch.ask("many", "for /l %i in (1,1,200) do @echo %i");
    write(folder, "slice-0-packed", &batch.script(Form::Packed { reply: 600 })?)?;
    write(folder, "slice-1-packed", &slice(&nonce, &(5..10)))?;
    write(folder, "slice-2-packed", &slice(&nonce, &(5..1_000)))?;
    Ok(())
}

fn write(folder: &Path, name: &str, script: &Script) -> std::io::Result<()> {
    match script {
        Script::File(text) | Script::Registered(text) => {
            std::fs::write(folder.join(format!("{name}.cmd")), text)
        }
        Script::Lines(lines) => {
            std::fs::write(folder.join(format!("{name}.line")), lines.join("\n"))
        }
    }
}

/// One of each action.
fn actions() -> Vec<GuestAction> {
    let key = || r"HKLM\SOFTWARE\Witness\Key".to_owned();
    let set = |data| GuestAction::SetRegistry {
        key: key(),
        name: "Value".to_owned(),
        data,
        setting: Setting::RemoteConnections,
    };
    let service = || "TermService".to_owned();
    let file =
        || "f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db".to_owned();
    let repair = |take_ownership| GuestAction::RepairKeyAcl {
        file: file(),
        third: KeyHolder::SessionEnv,
        take_ownership,
        folder: true,
    };
    vec![
        set(RegData::Dword(1)),
        set(RegData::Sz("a & b | c > d ^ (e) 100%".to_owned())),
        set(RegData::ExpandSz(r"%SystemRoot%\MEMORY.DMP".to_owned())),
        GuestAction::DeleteRegistryValue {
            key: key(),
            name: "Value".to_owned(),
            setting: Setting::RemoteConnections,
        },
        GuestAction::DeleteRegistryKey { key: key(), setting: Setting::RemoteConnections },
        GuestAction::SetServiceStart { service: service(), start: StartType::Auto },
        GuestAction::StartService { service: service() },
        GuestAction::StopService { service: service() },
        GuestAction::RestartRdp { session_env: true },
        GuestAction::EnableRemoteDesktopRules,
        GuestAction::AddFirewallRule { port: 3390, sources: Vec::new() },
        GuestAction::DeleteFirewallRule { port: 3390 },
        GuestAction::SetFirewallProfile { profile: FirewallProfile::Public, state: Switch::On },
        GuestAction::DeleteBootElement { element: BootElement::Safeboot },
        GuestAction::EnableSerialConsole,
        GuestAction::ShowBootMenu { seconds: 5 },
        repair(false),
        repair(true),
        GuestAction::RetireKey { file: file() },
        GuestAction::HoldGroupPolicy,
        GuestAction::ResumeGroupPolicy,
        GuestAction::RefreshPolicy { keeps: Vec::new() },
        GuestAction::Reboot,
        GuestAction::ArmDeadMansSwitch {
            minutes: 10,
            restore: vec![set(RegData::Dword(0)), GuestAction::RestartRdp { session_env: false }],
        },
        GuestAction::DisarmDeadMansSwitch,
        GuestAction::RemoveRemains { tokens: vec!["20200101-0badcafe-0000000a".to_owned()] },
        GuestAction::BootstrapWinrm { sources: Vec::new() },
    ]
}
