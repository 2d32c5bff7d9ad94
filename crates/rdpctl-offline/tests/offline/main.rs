//! Actions done to a disk, proved by a machine that starts from it.

#![expect(clippy::unwrap_used, reason = "a test may fail so")]

use rdpctl_disk::blocks::{Blocks as _, MemoryBlocks};
use rdpctl_disk::windows::Disk;
use rdpctl_guest::check::Seen;
use rdpctl_model::GuestAction;
use rdpctl_model::step::{BootElement, KeyHolder, Setting};
use rdpctl_offline::{self as offline, Repair};
use rdpctl_sim::guest::{Guest, GuestSpec, Template};
use rdpctl_sim::image::{DiskImage, FORMER_GUID, KeyDescriptor, MACHINE_GUID, Style, Trouble};
use rdpctl_words::english;

const NOW: u64 = 0x01dc_0000_0000_0000;
/// Some day in 2026, in milliseconds.
const TODAY: u64 = 1_795_000_000_000;

fn key() -> String {
    format!("f686aace6942fb7f7ceb231212eef4a4_{MACHINE_GUID}")
}

fn guest() -> Guest {
    let spec: GuestSpec = toml::from_str("").unwrap();
    let mut guest = Guest::new(Template::build(&spec, 1).unwrap(), "web-01", MACHINE_GUID);
    guest.on_power_on(TODAY);
    guest
}

/// The disk after these actions.
fn after(image: DiskImage, actions: &[GuestAction]) -> Result<DiskImage, rdpctl_disk::Error> {
    let mut blocks = MemoryBlocks::new(image.into_bytes());
    let change = {
        let disk = Disk::open(&blocks)?;
        let installation = disk.installation(None)?;
        let mut repair = Repair::open(&disk, &installation, NOW)?;
        for action in actions {
            repair.take(action)?;
        }
        repair.change()?
    };
    change.apply(&mut blocks)?;
    let mut bytes = vec![0; usize::try_from(blocks.size()).unwrap()];
    blocks.read_at(0, &mut bytes).unwrap();
    Ok(DiskImage::from_bytes(bytes).unwrap())
}

#[test]
fn a_key_that_is_set_aside_is_found_no_more_and_the_next_start_makes_another_one() {
    for style in [Style::Gpt, Style::Mbr] {
        let image = guest().disk(style);
        let certificates =
            r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates";
        let actions = [
            GuestAction::RetireKey { file: key() },
            GuestAction::DeleteRegistryKey {
                key: certificates.to_owned(),
                setting: Setting::Certificate,
            },
        ];
        assert!(image.has_key());
        let image = after(image, &actions).unwrap();
        assert!(!image.has_key(), "neither by its folder nor by its record");
        // Done already is done.
        let image = after(image, &actions[..1]).unwrap();
        assert_eq!(image.start().unwrap().key, None);
        let mut machine = guest();
        machine.on_power_off(TODAY + 1_000);
        machine.start_from(image.into_bytes(), TODAY + 2_000).unwrap();
        let laid = machine.disk(style);
        assert!(laid.start().unwrap().key.is_some(), "it has a key again");
    }
}

#[test]
fn a_key_that_is_not_there_needs_no_change() {
    let image = guest().disk(Style::Gpt);
    let before = image.bytes().to_vec();
    let other = GuestAction::RetireKey { file: "f686aace6942fb7f7ceb231212eef4a4_x".to_owned() };
    assert!(after(image, &[other]).unwrap().bytes() == before);
}

fn other_key() -> String {
    format!("f686aace6942fb7f7ceb231212eef4a4_{FORMER_GUID}")
}

#[test]
fn of_two_keys_in_one_folder_one_or_both_are_mended_or_set_aside() {
    let healthy = |file: String| GuestAction::RepairKeyAcl {
        file,
        third: KeyHolder::SessionEnv,
        take_ownership: false,
        folder: false,
    };
    let retire = |file: String| GuestAction::RetireKey { file };
    let mut image = guest().disk(Style::Gpt);
    image.set_key_descriptor(KeyDescriptor::Administrators);

    let one = after(image.clone(), &[healthy(key()), retire(other_key())]).unwrap();
    assert_eq!(one.start().unwrap().key, Some(KeyDescriptor::Healthy2019));
    assert!(one.has_key() && !one.has_key_of(FORMER_GUID));

    let own = after(image.clone(), &[retire(key())]).unwrap();
    assert!(!own.has_key() && own.has_key_of(FORMER_GUID), "the other one is left");

    let both = after(image.clone(), &[retire(key()), retire(other_key())]).unwrap();
    assert!(!both.has_key() && !both.has_key_of(FORMER_GUID));

    let mended = after(image, &[healthy(other_key()), healthy(key())]).unwrap();
    assert_eq!(mended.start().unwrap().key, Some(KeyDescriptor::Healthy2019));
}

/// What the disk says of an action: before and after, where it is not as asked.
fn read_back(image: &DiskImage, action: &GuestAction) -> [Option<String>; 2] {
    found(image, action).map(|finding| match finding {
        Seen::Differs(found) => Some(english(&found)),
        Seen::Holds => None,
        Seen::Unknown(gap) => Some(english(&gap.said())),
    })
}

fn found(image: &DiskImage, action: &GuestAction) -> [Seen; 2] {
    let changed = after(image.clone(), std::slice::from_ref(action)).unwrap();
    [image.clone(), changed].map(|image| {
        let blocks = MemoryBlocks::new(image.into_bytes());
        let disk = Disk::open(&blocks).unwrap();
        let installation = disk.installation(None).unwrap();
        let written = offline::written(&disk, &installation, action).unwrap();
        // Whoever reads an action's proofs is told the same.
        let checks = offline::check(&disk, &installation, &action.proves()).unwrap();
        let other = checks.into_iter().find(|finding| *finding != Seen::Holds);
        if !action.proves().is_empty() {
            assert_eq!(other.unwrap_or(Seen::Holds), written);
        }
        written
    })
}

#[test]
fn what_was_written_is_asked_of_the_disk_anew() {
    let spec = r#"
        firewall.remote-desktop = "off"
        registry.'HKLM\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements\25000080' = { Element = { type = "REG_BINARY", data = "0100000000000000" } }
        registry.'HKLM\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements\260000b0' = { Element = { type = "REG_BINARY", data = "00" } }
    "#;
    let mut guest = Guest::new(
        Template::build(&toml::from_str::<GuestSpec>(spec).unwrap(), 1).unwrap(),
        "web-01",
        MACHINE_GUID,
    );
    guest.on_power_on(TODAY);
    let mut image = guest.disk(Style::Mbr);
    image.set_key_descriptor(KeyDescriptor::NetworkServiceDenied);
    let differs = |found: &str| [Some(found.to_owned()), None];

    let rules = GuestAction::EnableRemoteDesktopRules;
    assert_eq!(
        read_back(&image, &rules),
        differs("no active rule of Windows' group for Remote Desktop lets TCP in")
    );
    let own = GuestAction::AddFirewallRule { port: 3390, sources: Vec::new() };
    assert_eq!(
        read_back(&image, &own),
        differs("no active rule of ours for port 3390 lets TCP in")
    );
    let opened = after(image.clone(), &[own]).unwrap();
    assert_eq!(
        read_back(&opened, &GuestAction::DeleteFirewallRule { port: 3390 }),
        differs("2 rules of ours for port 3390 are left")
    );
    let safe = GuestAction::DeleteBootElement { element: BootElement::Safeboot };
    assert_eq!(
        read_back(&image, &safe),
        differs("the boot entry's 25000080 is [01, 00, 00, 00, 00, 00, 00, 00]")
    );
    assert_eq!(
        read_back(&image, &GuestAction::EnableSerialConsole),
        differs("the boot entry's 260000b0 is [00]")
    );
    let [before, done] = read_back(&image, &GuestAction::ShowBootMenu { seconds: 5 });
    assert!(before.is_some() && done.is_none(), "{before:?}");
    let list = GuestAction::RepairKeyAcl {
        file: key(),
        third: KeyHolder::SessionEnv,
        take_ownership: false,
        folder: false,
    };
    assert_eq!(read_back(&image, &list), differs("NETWORK SERVICE cannot read the key file"));
    let aside = GuestAction::RetireKey { file: key() };
    let name = key();
    assert_eq!(
        read_back(&image, &aside),
        differs(&format!("the key file {name} is found by its name"))
    );
    // A copy that got another identity.
    image.bytes_mut()[440] ^= 1;
    assert_eq!(
        read_back(&image, &GuestAction::NameThisDisk),
        differs("the boot store names another disk")
    );
}

#[test]
fn what_cannot_be_read_back_is_not_called_done() {
    let mut image = guest().disk(Style::Gpt);
    image.spoil(Trouble::DamagedBootStore);
    let blocks = MemoryBlocks::new(image.into_bytes());
    let disk = Disk::open(&blocks).unwrap();
    let installation = disk.installation(None).unwrap();
    let safe = GuestAction::DeleteBootElement { element: BootElement::Safeboot };
    let found = offline::written(&disk, &installation, &safe).unwrap();
    assert!(matches!(found, Seen::Unknown(_)), "{found:?}");
}
