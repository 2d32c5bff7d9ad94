//! A declared disk as it is declared: which Windows on it, whose certificate, and whether it may get another identity; and
//! hives that were not closed.

use rdpctl_sim::image::{
    Data, DiskImage, FORMER_GUID, HiveKey, Style, new_log, read_hive, with_numbers,
};

use super::{APPLY, BROKEN, beside, disk, forget_healthy_lists, marked};
use crate::tool::{Tool, root};

const REPAIR: [&str; 4] = ["apply", "--auto-approve", "--allow", "offline-repair"];

/// The example's world with some more about its machine, and a declaration of it.
fn declared(guest: &str, profile: &str, more: &str) -> Tool {
    let tool = Tool::new();
    let world = std::fs::read_to_string(root().join("examples/disk/world.toml")).unwrap();
    let world = world.replace("os                   =", &format!("{guest}\nos ="));
    tool.write("world.toml", &world);
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.lab]\nkind = \"static\"\n\n[profile.office]\nextends = \"standard\"\n{profile}\n\n\
             [instance.server]\nprovider = \"lab\"\nid = \"server\"\nprofile = \"office\"\ndisk = \"server.raw\"\n{more}"
        ),
    );
    tool
}

fn lies(tool: &Tool) -> Vec<u8> {
    std::fs::read(tool.path("server.raw")).unwrap()
}

fn lay(tool: &Tool, bytes: &[u8]) {
    std::fs::write(tool.path("server.raw"), bytes).unwrap();
}

fn append(tool: &Tool, lines: &str) {
    let text = std::fs::read_to_string(tool.path("rdp.toml")).unwrap();
    tool.write("rdp.toml", &(text + lines));
}

#[test]
fn a_declared_disk_that_got_another_identity_is_named_again_once_its_guard_was_opened() {
    let tool = declared("", "", "");
    tool.sim(&["plan"]).exits(0);
    let mut image = DiskImage::from_bytes(lies(&tool)).unwrap();
    let store = image.get("EFI/Microsoft/Boot/BCD");
    let guid = rdpctl_sim::image::DISK_GUID;
    let mut changed = store.clone();
    for at in (0..store.len() - 16).filter(|at| store[*at..*at + 16] == guid) {
        changed[at] ^= 1;
    }
    image.put("EFI/Microsoft/Boot/BCD", &changed);
    assert!(image.start().is_err(), "0xC000000E");
    lay(&tool, image.bytes());
    let denied = tool.sim(&REPAIR).exits(3);
    assert!(denied.out.contains("the boot store names another disk"), "{}", denied.out);
    assert!(DiskImage::from_bytes(lies(&tool)).unwrap().start().is_err(), "denied by default");
    append(&tool, "\n[guard]\ndisk-identity = \"ask\"\n");
    let allowed = ["apply", "--auto-approve", "--allow", "offline-repair,disk-identity"];
    tool.sim(&allowed).exits(0);
    assert!(DiskImage::from_bytes(lies(&tool)).unwrap().start().is_ok(), "it starts");
    let again = tool.sim(&["plan"]).exits(0);
    assert!(again.out.contains("No changes"), "{}", again.out);
}

#[test]
fn of_several_windows_the_declared_one_is_repaired_and_the_others_are_left() {
    let tool = declared("", "", "");
    let mut bytes = disk(BROKEN, Style::Mbr).into_bytes();
    let entry = bytes[446..462].to_vec();
    let number = |at: usize| u32::from_le_bytes(entry[at..at + 4].try_into().unwrap());
    let sector = |count: u32| usize::try_from(count).unwrap() * 512;
    let (first, length) = (sector(number(8)), sector(number(12)));
    let second = bytes.len();
    bytes.extend_from_within(first..first + length);
    bytes[462..478].copy_from_slice(&entry);
    bytes[470..474].copy_from_slice(&u32::try_from(second / 512).unwrap().to_le_bytes());
    lay(&tool, &bytes);

    let plan = tool.sim(&["plan"]);
    assert!(plan.out.contains("there are 2 Windows on this disk"), "{}", plan.out);
    append(&tool, "installation = 3\n");
    let plan = tool.sim(&["plan"]);
    assert!(plan.out.contains("there is no installation 3"), "{}", plan.out);
    let text = std::fs::read_to_string(tool.path("rdp.toml")).unwrap();
    tool.write("rdp.toml", &text.replace("installation = 3", "installation = 2"));
    tool.sim(&REPAIR).exits(0);
    let after = lies(&tool);
    // Both start from the one boot store, which lies with the first.
    let hive = |of: usize| of + 10_485_760..of + 10_485_760 + (1 << 20);
    assert!(after[hive(second)] != bytes[hive(second)], "the second Windows was repaired");
    assert!(after[hive(first)] == bytes[hive(first)], "the first was left");
    tool.write("rdp.toml", &text.replace("disk = \"server.raw\"\n", ""));
    tool.sim(&["plan"]).exits(1).complains("there is no `disk`");
}

#[test]
fn a_declared_certificate_of_the_machines_own_store_is_bound_on_its_disk() {
    let tool = declared("my-certificates = [{ subject = \"rdp.example.com\" }]", "", "");
    tool.sim(&["plan"]).exits(0);
    let software = |bytes| {
        let image = DiskImage::from_bytes(bytes).unwrap();
        read_hive(&image.get("Windows/System32/config/SOFTWARE")).unwrap()
    };
    let mut before: HiveKey = software(lies(&tool));
    let store = before.at("Microsoft\\SystemCertificates\\MY\\Certificates");
    let thumbprint = store.keys.first().unwrap().name.clone();
    let text = std::fs::read_to_string(tool.path("rdp.toml")).unwrap();
    let pinned = format!("[profile.office]\ncertificate = {{ thumbprint = \"{thumbprint}\" }}");
    tool.write("rdp.toml", &text.replace("[profile.office]", &pinned));
    tool.sim(&REPAIR).exits(0);
    let image = DiskImage::from_bytes(lies(&tool)).unwrap();
    let mut system = read_hive(&image.get("Windows/System32/config/SYSTEM")).unwrap();
    let listener = system.at("ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp");
    let bound = listener.values.iter().find(|(name, _)| name == "SSLCertificateSHA1Hash").unwrap();
    let Data::Raw(3, bytes) = &bound.1 else { panic!("{bound:?}") };
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    assert!(hex.eq_ignore_ascii_case(&thumbprint), "{hex}");
    let again = tool.sim(&["plan"]).exits(0);
    assert!(again.out.contains("No changes"), "{}", again.out);

    let other = "0123456789abcdef0123456789abcdef01234567";
    tool.write("rdp.toml", &text.replace("[profile.office]", &pinned.replace(&thumbprint, other)));
    let blocked = tool.sim(&["plan"]);
    assert!(blocked.out.contains("which is not in the machine's own store"), "{}", blocked.out);
}

/// The disk of somebody who lost power: the file of its SYSTEM hive stops behind the healthy state, and its log goes on to
/// the broken one.
fn cut_off() -> DiskImage {
    let hive = "Windows/System32/config/SYSTEM";
    let (healthy, broken) = (disk("", Style::Gpt), disk(BROKEN, Style::Gpt));
    let (one, two) = (healthy.get(hive), broken.get(hive));
    let mut image = broken;
    image.put(hive, &with_numbers(one.clone(), 9, 8));
    image.put(&format!("{hive}.LOG2"), &new_log(&[&one, &two], 8));
    image
}

#[test]
fn a_machine_starts_from_what_its_logs_carry_on_and_so_does_what_is_judged_and_repaired() {
    let denied = |image: &DiskImage| {
        let mut set = image.start().unwrap().control_set;
        let values = &set.at("Control\\Terminal Server").values;
        values.iter().find(|(name, _)| name == "fDenyTSConnections").unwrap().1.clone()
    };
    let image = cut_off();
    assert_eq!(denied(&image), Data::Raw(4, vec![1, 0, 0, 0]), "not what lies in the file");
    let tool = beside(image);
    let ran = tool.run(&["doctor", "--disk", "server.raw"]).exits(2);
    let denied_there = "~ remote-desktop denied → allowed".to_owned();
    assert!(marked(&ran).contains(&denied_there), "{}", ran.out);
    tool.run(&APPLY).exits(0);
    let image = DiskImage::from_bytes(lies(&tool)).unwrap();
    assert_eq!(denied(&image), Data::Raw(4, vec![0; 4]), "no old log is played over the repair");
    tool.run(&["doctor", "--disk", "server.raw"]).exits(0);
}

/// Takes back what was done to the declared disk, the last first.
fn put_back(tool: &Tool) {
    let mut folders = std::fs::read_dir(tool.path(".rdpctl/disks")).unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut runs: Vec<String> =
        names.filter_map(|name| Some(name.to_str()?.strip_suffix(".change")?.to_owned())).collect();
    runs.sort();
    for run in runs.iter().rev() {
        let undo = ["undo", run, "--disk", "server.raw", "--state", ".rdpctl", "--auto-approve"];
        tool.run(&undo).exits(0);
    }
}

#[test]
fn a_key_of_a_declared_disk_is_set_aside_beside_another_one_and_put_back() {
    let tool = declared("", "", "");
    tool.sim(&["plan"]).exits(0);
    let mut image = DiskImage::from_bytes(lies(&tool)).unwrap();
    forget_healthy_lists(&mut image);
    let before = image.bytes().to_vec();
    lay(&tool, &before);
    let plan = tool.sim(&["plan"]).exits(0);
    assert!(plan.out.contains("set the key f686aace"), "{}", plan.out);
    tool.sim(&REPAIR).exits(0);
    let image = DiskImage::from_bytes(lies(&tool)).unwrap();
    assert!(!image.has_key() && image.has_key_of(FORMER_GUID), "its own, and not the other one");
    assert_eq!(image.start().unwrap().key, None);
    let again = tool.sim(&["plan"]).exits(0);
    assert!(again.out.contains("No changes"), "{}", again.out);

    put_back(&tool);
    assert!(lies(&tool) == before, "to the byte");
}
