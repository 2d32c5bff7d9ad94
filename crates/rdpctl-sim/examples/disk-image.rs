//! Disks of simulated Windows machines, for tools that are not ours:
//!
//! * `disk-image OUT gpt|mbr`: one with a large system hive;
//! * `disk-image OUT gpt|mbr GUEST.toml`: that of a guest as a world would describe it, as it lies there while it is off;
//! * `disk-image FOLDER seeds`: a disk, and what fuzzers begin with.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rdpctl_sim::guest::{Guest, GuestSpec, Template};
use rdpctl_sim::image::{
    Data, DiskImage, HiveKey, HiveShape, MACHINE_GUID, Style, hive, new_log, old_log, with_numbers,
};

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [folder, "seeds"] => seeds(Path::new(folder)),
        [out, kind] => {
            let mut image = DiskImage::new(style(kind)?);
            image.put(
                "Windows/System32/config/SYSTEM",
                &hive(&system(700), HiveShape::new(1 << 20)),
            );
            Ok(fs::write(out, image.bytes())?)
        }
        [out, kind, guest] => {
            let spec: GuestSpec = toml::from_str(&fs::read_to_string(guest)?)?;
            let mut guest = Guest::new(Template::build(&spec, 1)?, "server", MACHINE_GUID);
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
            guest.on_power_on(u64::try_from(now)?);
            Ok(fs::write(out, guest.disk(style(kind)?).bytes())?)
        }
        _ => Err("disk-image OUT gpt|mbr [GUEST.toml], or disk-image FOLDER seeds".into()),
    }
}

fn style(word: &str) -> Result<Style, Failed> {
    match word {
        "gpt" => Ok(Style::Gpt),
        "mbr" => Ok(Style::Mbr),
        _ => Err("a disk is gpt or mbr".into()),
    }
}

fn system(services: u32) -> HiveKey {
    let mut root = HiveKey::new("ROOT");
    let terminal = "ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp";
    root.set("Select", "Current", Data::Dword(1)).set("Select", "Default", Data::Dword(1));
    root.set(terminal, "PdDLL", Data::Sz("tdtcp".to_owned())).set(
        terminal,
        "UserAuthentication",
        Data::Dword(1),
    );
    for number in 0..services {
        root.set(&format!("ControlSet001\\Services\\service{number}"), "Start", Data::Dword(3));
    }
    root
}

/// Hives of both kinds without their heads, hives with their logs, and a whole disk.
fn seeds(folder: &Path) -> Result<(), Failed> {
    let place = |target: &str| -> Result<_, Failed> {
        let folder = folder.join("seeds").join(target);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    };
    let guest = Guest::new(Template::build(&GuestSpec::default(), 1)?, "server", MACHINE_GUID);
    let disk = guest.disk(Style::Gpt);
    fs::write(folder.join("disk.img"), disk.bytes())?;
    fs::write(place("disk")?.join("one-byte"), [0, 0, 80, 0, 0xff])?;

    let bins = |file: &[u8]| file[4096..].to_vec();
    let small = |leaf, services| {
        let shape = HiveShape { leaf, ..HiveShape::new(12 << 10) };
        hive(&system(services), shape)
    };
    fs::write(place("hive")?.join("one-list"), bins(&small(507, 5)))?;
    fs::write(place("hive")?.join("lists"), bins(&small(3, 12)))?;
    let store = disk.get("EFI/Microsoft/Boot/BCD");
    fs::write(place("hive")?.join("boot-store"), bins(&store[..16 << 10]))?;

    // The half of the input is the hive, the other one its log.
    let pair = |file: &[u8], log: &[u8]| {
        let half = file.len().max(log.len());
        let mut both = file.to_vec();
        both.resize(half, 0);
        both.extend_from_slice(log);
        both.resize(2 * half, 0);
        both
    };
    let shape = HiveShape::new(8 << 10);
    let (before, after) = (hive(&system(1), shape), hive(&system(2), shape));
    let dirty = with_numbers(before.clone(), 9, 8);
    fs::write(place("log")?.join("new"), pair(&dirty, &new_log(&[&before, &after], 20)))?;
    fs::write(place("log")?.join("old"), pair(&dirty, &old_log(&before, &after, 9)))?;
    Ok(())
}
