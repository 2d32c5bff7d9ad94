//! Actions done to a disk, proved by a machine that starts from it.

#![expect(clippy::unwrap_used, reason = "a test may fail so")]

use rdpctl_disk::blocks::{Blocks as _, MemoryBlocks};
use rdpctl_disk::windows::Disk;
use rdpctl_model::GuestAction;
use rdpctl_model::step::Setting;
use rdpctl_providers::offline::Repair;
use rdpctl_sim::guest::{Guest, GuestSpec, Template};
use rdpctl_sim::image::{DiskImage, MACHINE_GUID, Style};

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
