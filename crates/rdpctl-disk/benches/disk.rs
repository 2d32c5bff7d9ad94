//! What a repair waits for: a large dirty hive made whole, checked and edited; a disk opened and judged.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rdpctl_disk::blocks::MemoryBlocks;
use rdpctl_disk::hive::{Hive, Kind};
use rdpctl_disk::windows::{Disk, HiveName};
use rdpctl_sim::image::{Data, DiskImage, HiveKey, HiveShape, Style, hive, new_log, with_numbers};

const RDP: &str = "ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp";
/// The size of a Windows 10 server's after some years.
const FILE: usize = 12_845_056;

fn system(services: u32) -> HiveKey {
    let mut root = HiveKey::new("ROOT");
    root.set("Select", "Current", Data::Dword(1));
    root.set(RDP, "UserAuthentication", Data::Dword(1));
    for number in 0..services {
        let key = root.at(&format!(
            "ControlSet001\\Services\\group {}\\service {number}\\Parameters",
            number / 500
        ));
        for value in 0..4 {
            key.values
                .push((format!("value {value}"), Data::Sz(format!("a text of service {number}"))));
        }
    }
    root
}

/// The hive as a power cut left it, and the log that carries it on.
fn dirty() -> (Vec<u8>, Vec<u8>) {
    let mut root = system(11_500);
    let before = hive(&root, HiveShape::new(FILE));
    root.set("ControlSet001\\Services\\late", "Start", Data::Dword(2));
    let after = hive(&root, HiveShape::new(FILE));
    (with_numbers(before.clone(), 9, 8), new_log(&[&before, &after], 20))
}

fn hives(criterion: &mut Criterion) {
    let (bytes, log) = dirty();
    let mut group = criterion.benchmark_group("a dirty hive of 12.8 MB");
    group.sample_size(20);
    group.bench_function("recovered, checked and edited", |bencher| {
        let edit = |bytes: Vec<u8>| {
            let mut editor = Hive::recover(bytes, &[&log]).unwrap().edit(1).unwrap();
            editor.create("ControlSet001\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server").unwrap();
            editor.set(RDP, "UserAuthentication", Kind::Dword, &[0; 4]).unwrap();
            editor.finish().changed().unwrap()
        };
        bencher.iter_batched(|| bytes.clone(), |bytes| black_box(edit(bytes)), BatchSize::LargeInput);
    });
}

fn disks(criterion: &mut Criterion) {
    let mut image = DiskImage::new(Style::Gpt);
    image.put("Windows/System32/config/SYSTEM", &hive(&system(800), HiveShape::new(1 << 20)));
    let blocks = MemoryBlocks::new(image.into_bytes());
    criterion.bench_function("a disk opened and its system hive judged", |bencher| {
        bencher.iter(|| {
            let disk = Disk::open(&blocks).unwrap();
            let installation = disk.installation(None).unwrap();
            let health = disk.health(&installation).unwrap();
            let report = disk.hive(&installation, HiveName::System).unwrap().check();
            black_box((health, report))
        });
    });
}

criterion_group!(benches, hives, disks);
criterion_main!(benches);
