//! What is mended on it: identity, recovery, TLS in every control set, certificates; and the machine that starts from it.

use rdpctl_sim::image::{Data, DiskImage, HiveShape, Style, hive, read_hive};

use super::{APPLY, BROKEN, beside, disk, marked};
use crate::tool::{binary, root};

#[test]
fn a_copy_that_got_another_identity_is_mended_behind_its_own_guard() {
    for style in [Style::Gpt, Style::Mbr] {
        let mut image = disk("", style);
        match style {
            Style::Mbr => image.bytes_mut()[440] ^= 1,
            Style::Gpt => {
                // The boot store's own disk GUID is another than the table's.
                let store = image.get("EFI/Microsoft/Boot/BCD");
                let guid = rdpctl_sim::image::DISK_GUID;
                let mut changed = store.clone();
                let places: Vec<usize> =
                    (0..store.len() - 16).filter(|at| store[*at..*at + 16] == guid).collect();
                assert_eq!(places.len(), 2);
                for at in places {
                    changed[at] ^= 1;
                }
                image.put("EFI/Microsoft/Boot/BCD", &changed);
            }
        }
        let tool = beside(image);
        let plan = tool.run(&["plan", "--disk", "server.raw"]).exits(3);
        let held =
            "    ! boot: make the boot store name this disk  (held: say --allow disk-identity)";
        assert!(plan.out.contains(held), "{}", plan.out);
        let before = std::fs::read(tool.path("server.raw")).unwrap();
        tool.run(&APPLY).exits(3);
        assert!(std::fs::read(tool.path("server.raw")).unwrap() == before, "denied by default");
        let mut allowed = APPLY;
        allowed[7] = "offline-repair,disk-identity";
        tool.run(&allowed).exits(0);
        tool.run(&["doctor", "--disk", "server.raw"]).exits(0);
        let disk = std::fs::read(tool.path("server.raw")).unwrap();
        assert!(DiskImage::from_bytes(disk).unwrap().start().is_ok(), "it starts");
    }
}

#[test]
fn a_change_keeps_the_files_that_it_edits_whole_beside_its_journal() {
    let image = disk(BROKEN, Style::Gpt);
    let hive = image.get("Windows/System32/config/SYSTEM");
    let tool = beside(image);
    let applied = tool.run(&APPLY).exits(0);
    let run = applied.out.lines().find_map(|line| line.strip_prefix("Run ")).unwrap();
    let run = run.split(':').next().unwrap();
    let disks = std::fs::read_dir(tool.path("kept/disks")).unwrap();
    let folder = disks.map(|entry| entry.unwrap().path()).next().unwrap().join(run);
    assert!(std::fs::read(folder.join("SYSTEM")).unwrap() == hive);
    assert!(folder.join("BCD").is_file() && folder.join("SYSTEM.LOG1").is_file());
    let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    assert!(sums.contains("  SYSTEM\n"), "{sums}");
}

#[test]
fn the_documents_way_back_in_is_written_when_it_is_asked_for() {
    let differs = r"
        [registry.'HKLM\SYSTEM\CurrentControlSet\Control\CrashControl']
        CrashDumpEnabled = 0
        NMICrashDump = 0
    ";
    let tool = beside(disk(differs, Style::Gpt));
    tool.run(&["doctor", "--disk", "server.raw"]).exits(0);
    tool.run(&["doctor", "--disk", "server.raw", "--recovery"]).exits(2);
    let applied = tool.run(&[&APPLY[..], &["--recovery"]].concat()).exits(0);
    for done in [
        "recovery: show the boot menu for 5 s, on the serial console as well",
        r"recovery: set Control\CrashControl\CrashDumpEnabled to 1",
        r"recovery: set Control\CrashControl\NMICrashDump to 1",
    ] {
        assert!(applied.out.contains(done), "{done}: {}", applied.out);
    }
    tool.run(&["doctor", "--disk", "server.raw", "--recovery"]).exits(0);
}

#[test]
fn tls_is_looked_at_by_itself_and_enabled_in_every_control_set() {
    let differs = r"
        [registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server']
        Enabled = 0
        [registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server']
        fDenyTSConnections = 1
    ";
    let mut image = disk(differs, Style::Gpt);
    let mut system = read_hive(&image.get("Windows/System32/config/SYSTEM")).unwrap();
    let mut second = system.keys.iter().find(|key| key.name == "ControlSet001").unwrap().clone();
    second.name = "ControlSet002".to_owned();
    system.keys.insert(1, second);
    image.put("Windows/System32/config/SYSTEM", &hive(&system, HiveShape::new(1 << 20)));
    let tool = beside(image);
    let look = ["doctor", "--disk", "server.raw", "--only", "tls"];
    let ran = tool.run(&look).exits(2);
    assert_eq!(marked(&ran).len(), 1, "{}", ran.out);
    assert!(
        ran.out.contains("in control set 002, for a start that falls back: tls"),
        "{}",
        ran.out
    );
    tool.run(&[&APPLY[..], &["--only", "tls"]].concat()).exits(0);
    tool.run(&look).exits(0);
    let ran = tool.run(&["doctor", "--disk", "server.raw"]).exits(2);
    assert_eq!(marked(&ran), ["~ remote-desktop denied -> allowed"]);
    let disk = std::fs::read(tool.path("server.raw")).unwrap();
    let disk = DiskImage::from_bytes(disk).unwrap();
    let system = read_hive(&disk.get("Windows/System32/config/SYSTEM")).unwrap();
    for set in ["ControlSet001", "ControlSet002"] {
        let mut system = system.clone();
        let server =
            system.at(set).at("Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server");
        let enabled = server.values.iter().find(|(name, _)| name == "Enabled").unwrap();
        assert_eq!(enabled.1, Data::Raw(4, vec![1, 0, 0, 0]), "{set}");
    }
}

#[test]
fn an_expired_certificate_is_deleted_from_the_store_and_the_next_start_makes_another() {
    let tool = beside(disk("certificate = \"expired\"", Style::Gpt));
    let plan = tool.run(&["plan", "--disk", "server.raw"]).exits(0);
    assert!(plan.out.contains("certificate: delete the key"), "{}", plan.out);
    tool.run(&APPLY).exits(0);
    let ran = tool.run(&["doctor", "--disk", "server.raw"]).exits(0);
    assert!(ran.out.contains("none yet; Windows makes one"), "{}", ran.out);
}

#[test]
fn the_example_breaks_diagnoses_repairs_and_starts_a_machine_by_one_command() {
    let ran = std::process::Command::new(root().join("examples/disk/run.sh"))
        .env("RDPCTL", binary())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("A cause lies on this disk."), "{said}");
    assert!(said.contains("Nothing on this disk keeps Windows from starting"), "{said}");
}

/// The lists for a healthy key that the volume holds become ones that let another account read it.
fn forget_healthy_lists(image: &mut DiskImage) {
    let sum = |list: &[u8]| {
        list.as_chunks::<4>()
            .0
            .iter()
            .fold(0_u32, |sum, word| u32::from_le_bytes(*word).wrapping_add(sum.rotate_left(3)))
    };
    let bytes = image.bytes_mut();
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut changed = 0;
    for at in (0..bytes.len() - 512).step_by(16) {
        let length = usize::try_from(word(bytes, at + 16)).unwrap();
        if ![260, 261].contains(&word(bytes, at + 4))
            || !(40..400).contains(&length)
            || word(bytes, at) != sum(&bytes[at + 20..at + length])
        {
            continue;
        }
        let service = [1, 1, 0, 0, 0, 0, 0, 5, 20, 0, 0, 0];
        let list = &mut bytes[at + 20..at + length];
        let own = list.windows(12).position(|part| part == service).unwrap();
        list[own + 8] = 19;
        let sum = sum(list).to_le_bytes();
        bytes[at..at + 4].copy_from_slice(&sum);
        changed += 1;
    }
    assert_eq!(changed, 4, "two lists, each with its copy");
}

#[test]
fn a_key_whose_list_the_volume_cannot_set_right_is_planned_to_be_set_aside_with_its_certificate() {
    let mut image = disk("machine-keys = \"no-network-service\"", Style::Gpt);
    forget_healthy_lists(&mut image);
    let tool = beside(image);
    let plan = tool.run(&["plan", "--disk", "server.raw"]).exits(0);
    assert!(plan.out.contains("machine-keys: set the key f686aace"), "{}", plan.out);
    assert!(plan.out.contains("machine-keys: delete the key"), "{}", plan.out);
    tool.run(&APPLY).exits(0);
    let ran = tool.run(&["doctor", "--disk", "server.raw"]).exits(0);
    assert!(ran.out.contains("no key yet; Windows makes one"), "{}", ran.out);
    let bytes = std::fs::read(tool.path("server.raw")).unwrap();
    let image = DiskImage::from_bytes(bytes).unwrap();
    assert!(!image.has_key(), "neither by its folder nor by its record");
    assert_eq!(image.start().unwrap().key, None);
    let again = tool.run(&["plan", "--disk", "server.raw"]).exits(0);
    assert!(again.out.contains("No changes"), "{}", again.out);
}

#[test]
fn group_policy_is_held_for_one_start_and_let_go_by_the_next_apply() {
    let tool = beside(disk(BROKEN, Style::Gpt));
    let held = [&APPLY[..], &["--hold-policy"]].concat();
    let applied = tool.run(&held).exits(0);
    assert!(applied.out.contains("hold group policy from the next boot on"), "{}", applied.out);
    let again = tool.run(&held).exits(0);
    assert!(again.out.contains("No changes."), "{}", again.out);
    let ran = tool.run(&["doctor", "--disk", "server.raw"]).exits(2);
    assert!(marked(&ran)[0].starts_with("~ group-policy"), "{}", ran.out);
    tool.run(&APPLY).exits(0);
    tool.run(&["doctor", "--disk", "server.raw"]).exits(0);
}
