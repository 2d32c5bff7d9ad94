//! A hive and its log, from whatever bytes; descriptors and journals from the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rdpctl_disk::change::Change;
use rdpctl_disk::descriptor::Descriptor;
use rdpctl_disk::hive::Hive;

fuzz_target!(|bytes: &[u8]| {
    let (hive, log) = bytes.split_at(bytes.len() / 2);
    if let Ok(hive) = Hive::recover(hive.to_vec(), &[log]) {
        let _ = hive.check();
        let _ = hive.changed();
    }
    if let Ok(descriptor) = Descriptor::read(bytes) {
        let _ = descriptor.sddl();
    }
    let _ = Change::decode(bytes);
});
