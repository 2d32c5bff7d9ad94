//! Images that wrap a disk in a format of their own, shown by QEMU's storage daemon where it is installed.

use std::path::Path;
use std::process::{Command, Stdio};

use rdpctl_sim::image::Style;

use super::{APPLY, BROKEN, beside, disk};
use crate::tool::{Running, Tool};

/// A file's name, what QEMU calls its format and what it is called here.
const FORMATS: [(&str, &str, &str); 4] = [
    ("server.qcow2", "qcow2", "QCOW2"),
    ("server.vhdx", "vhdx", "VHDX"),
    ("server.vmdk", "vmdk", "VMDK"),
    ("server.vhd", "vpc", "dynamic VHD"),
];

/// What such files begin or end with, for machines without QEMU.
fn by_hand(format: &str) -> Vec<u8> {
    let signature: &[u8] = match format {
        "qcow2" => b"QFI\xfb",
        "vhdx" => b"vhdxfile",
        "vmdk" => b"KDMV",
        _ => {
            let mut footer = [0; 512];
            footer[..8].copy_from_slice(b"conectix");
            footer[60..64].copy_from_slice(&3_u32.to_be_bytes());
            let sum: u32 = footer.iter().map(|byte| u32::from(*byte)).sum();
            footer[64..68].copy_from_slice(&(!sum).to_be_bytes());
            return [[0; 4096].as_slice(), &footer].concat();
        }
    };
    [signature, &[0; 4096]].concat()
}

/// Whether rdpctl finds the daemon, and images can be made.
fn has_qemu() -> bool {
    ["/usr/bin", "/usr/libexec", "/usr/local/bin"]
        .iter()
        .any(|folder| Path::new(folder).join("qemu-storage-daemon").is_file())
        && Command::new("qemu-img").arg("--version").output().is_ok()
        && Path::new("/dev/fuse").exists()
}

fn qemu_img(tool: &Tool, arguments: &[&str]) {
    let mut command = Command::new("qemu-img");
    let ran = command.args(arguments).current_dir(tool.path("")).output().unwrap();
    assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// The tool beside a broken disk in a format.
fn wrapped(file: &str, driver: &str) -> Tool {
    let tool = beside(disk(BROKEN, Style::Gpt));
    let mut convert = vec!["convert", "-f", "raw", "-O", driver, "server.raw", file];
    if driver == "vpc" {
        // Else the size becomes one that a drive of heads and sectors could have.
        convert.splice(5..5, ["-o", "subformat=dynamic,force_size=on"]);
    }
    qemu_img(&tool, &convert);
    tool
}

/// What a machine would read from the image.
fn content(tool: &Tool, file: &str, driver: &str) -> Vec<u8> {
    qemu_img(tool, &["convert", "-f", driver, "-O", "raw", file, "content.raw"]);
    std::fs::read(tool.path("content.raw")).unwrap()
}

#[test]
fn an_image_in_a_format_of_its_own_is_judged_repaired_and_put_back() {
    if !has_qemu() {
        return eprintln!("not shown: qemu-storage-daemon, qemu-img or /dev/fuse is missing");
    }
    for (file, driver, _) in FORMATS {
        let tool = wrapped(file, driver);
        let before = content(&tool, file, driver);
        let bytes = std::fs::read(tool.path(file)).unwrap();
        tool.run(&["doctor", "--disk", file]).exits(2);
        tool.run(&["plan", "--disk", file]).exits(0);
        assert!(std::fs::read(tool.path(file)).unwrap() == bytes, "{file}: a look writes nothing");
        let apply = APPLY.map(|word| if word == "server.raw" { file } else { word });
        let applied = tool.run(&apply).exits(0);
        tool.run(&["doctor", "--disk", file]).exits(0);
        if driver != "vpc" {
            qemu_img(&tool, &["check", "-f", driver, file]);
        }
        assert!(content(&tool, file, driver) != before, "{file}");
        let run = applied.out.lines().find_map(|line| line.strip_prefix("Run ")).unwrap();
        let run = run.split(':').next().unwrap();
        tool.run(&["undo", run, "--disk", file, "--state", "kept", "--auto-approve"]).exits(0);
        assert!(content(&tool, file, driver) == before, "{file}: to the byte");
    }
}

#[test]
fn an_image_that_a_machine_runs_from_is_left_alone() {
    if !has_qemu() {
        return eprintln!("not shown: qemu-storage-daemon, qemu-img or /dev/fuse is missing");
    }
    for (file, driver, _) in FORMATS {
        let tool = wrapped(file, driver);
        let path = tool.path(file);
        let ready = tool.path("ready");
        // Whoever runs a machine holds these locks, too.
        let blockdev = format!(
            "driver={driver},node-name=disk,file.driver=file,file.filename={}",
            path.display()
        );
        let socket = tool.path("nbd");
        let export = "type=nbd,id=run,node-name=disk,writable=on";
        let server = format!("addr.type=unix,addr.path={}", socket.display());
        let machine = Command::new("qemu-storage-daemon")
            .args(["--blockdev", &blockdev, "--nbd-server", &server, "--export", export])
            .arg("--pidfile")
            .arg(&ready)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut machine = Running(machine);
        while !ready.exists() {
            assert!(machine.0.try_wait().unwrap().is_none(), "{file}: it did not start");
            std::thread::yield_now();
        }
        let apply = APPLY.map(|word| if word == "server.raw" { file } else { word });
        let refused = tool.run(&apply).exits(1).complains("another program has this disk open");
        assert!(refused.err.contains("stop the machine"), "{}", refused.err);
        drop(machine);
        tool.run(&apply).exits(0);
    }
}

#[test]
fn a_format_that_needs_a_program_is_named_with_the_program_and_its_package() {
    for (file, driver, called) in FORMATS {
        let tool = Tool::new();
        std::fs::write(tool.path(file), by_hand(driver)).unwrap();
        let ran = tool.run(&["doctor", "--disk", file]);
        if has_qemu() {
            // It says itself that this is no image.
            assert!(ran.code != Some(0), "{}", ran.out);
            continue;
        }
        let ran = ran.exits(3);
        for said in [&format!("the image is {called}"), "qemu-system-common"] {
            assert!(ran.out.contains(said), "{}", ran.out);
        }
    }
}
