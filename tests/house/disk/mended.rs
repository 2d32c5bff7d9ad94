//! What is mended on it: identity, recovery, TLS in every control set, certificates; and the machine that starts from it.

use rdpctl_sim::image::{Data, DiskImage, HiveShape, Style, hive, read_hive};

use super::{APPLY, BROKEN, beside, disk, forget_healthy_lists, marked};
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
        let asks = "held: the guard `disk-identity` asks; say --allow disk-identity";
        for said in ["boot: make the boot store name this disk", asks] {
            assert!(plan.out.contains(said), "{}", plan.out);
        }
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
        DumpFile = { type = 'REG_EXPAND_SZ', data = 'D:\elsewhere.dmp' }
        [registry.'HKLM\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements\260000b0']
        Element = { type = 'REG_BINARY', data = '00' }
    ";
    for style in [Style::Gpt, Style::Mbr] {
        let tool = beside(disk(differs, style));
        tool.run(&["doctor", "--disk", "server.raw"]).exits(0);
        tool.run(&["doctor", "--disk", "server.raw", "--recovery"]).exits(2);
        let applied = tool.run(&[&APPLY[..], &["--recovery"]].concat()).exits(0);
        for done in [
            "recovery: turn the serial console on",
            "recovery: show the boot menu for 5 s, on the serial console as well",
            r"recovery: set HKLM\...\Control\CrashControl\CrashDumpEnabled to 1",
            r"recovery: set HKLM\...\Control\CrashControl\NMICrashDump to 1",
            r"recovery: set HKLM\...\Control\CrashControl\DumpFile to",
        ] {
            assert!(applied.out.contains(done), "{done}: {}", applied.out);
        }
        tool.run(&["doctor", "--disk", "server.raw", "--recovery"]).exits(0);
        let image = std::fs::read(tool.path("server.raw")).unwrap();
        let mut boot = DiskImage::from_bytes(image).unwrap().start().unwrap().boot_objects;
        let loader = "{5189b25c-5558-4bf2-bca4-289b11bd29e2}";
        let manager = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}";
        let settings = "{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}";
        let number = |number: u64| number.to_le_bytes().to_vec();
        // As `bcdedit` writes them.
        for (object, element, bytes) in [
            (loader, "260000b0", vec![1]),
            (settings, "15000022", number(1)),
            (settings, "15000023", number(115_200)),
            (manager, "26000020", vec![1]),
            (manager, "25000004", number(5)),
            (manager, "16000020", vec![1]),
        ] {
            let values = &boot.at(&format!("{object}\\Elements\\{element}")).values;
            let found = values.iter().find(|(name, _)| name == "Element");
            assert_eq!(found.unwrap().1, Data::Raw(3, bytes), "{object} {element}");
        }
    }
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
    assert_eq!(marked(&ran), ["~ remote-desktop denied → allowed"]);
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

#[test]
fn nla_is_set_in_all_its_values_and_windows_own_rules_are_turned_on() {
    let differs = r#"
        [registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp']
        UserAuthentication = 0
        SecurityLayer = 0
        fAllowSecProtocolNegotiation = 0
        [firewall]
        remote-desktop = "off"
    "#;
    let tool = beside(disk(differs, Style::Gpt));
    tool.run(&["doctor", "--disk", "server.raw"]).exits(2);
    let applied = tool.run(&APPLY).exits(0);
    for value in
        ["UserAuthentication to 1", "SecurityLayer to 2", "fAllowSecProtocolNegotiation to 1"]
    {
        assert!(applied.out.contains(value), "{value}: {}", applied.out);
    }
    let bytes = std::fs::read(tool.path("server.raw")).unwrap();
    let mut set = DiskImage::from_bytes(bytes).unwrap().start().unwrap().control_set;
    let listener = set.at("Control\\Terminal Server\\WinStations\\RDP-Tcp").values.clone();
    for (name, number) in
        [("UserAuthentication", 1), ("SecurityLayer", 2), ("fAllowSecProtocolNegotiation", 1)]
    {
        let found = listener.iter().find(|(own, _)| own == name).unwrap();
        assert_eq!(found.1, Data::Raw(4, vec![number, 0, 0, 0]), "{name}");
    }
    let rules = set.at("Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules");
    let rule = |data: &Data| {
        let Data::Raw(1, bytes) = data else { panic!("{data:?}") };
        let units: Vec<u16> =
            bytes.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        String::from_utf16(&units).unwrap()
    };
    let group: Vec<String> = rules.values.iter().map(|(_, data)| rule(data)).collect();
    let group: Vec<&String> = group.iter().filter(|rule| rule.contains("-28752|")).collect();
    assert!(
        !group.is_empty() && group.iter().all(|rule| rule.contains("|Active=TRUE|")),
        "{group:?}"
    );
    tool.run(&["doctor", "--disk", "server.raw"]).exits(0);
}
