//! What is run in the machine that helps: plain shell with the tools that every distribution has. Sectors come packed and
//! in pieces, as much as a script may carry; nothing is written before all that is there was compared.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rdpctl_disk::change::Change;
use ring::digest::{SHA256, digest};

/// The unit at which the copy is attached.
pub(super) const UNIT: u32 = 10;
/// How much of the text one script carries: with what is around it, less than 24 KB.
const PIECE: usize = 22_000;
const LINE: usize = 1_000;
const SECTOR: u64 = 512;
const FOLDER: &str = "/run/rdpctl";

/// The scripts of one change, in their order.
#[derive(Clone, Debug)]
pub struct Scripts {
    /// Those that bring what is written.
    pub(super) sent: Sent,
    /// The one that compares, writes and reads back.
    pub write: String,
}

/// Bytes on their way into a machine, packed and in pieces.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// The scripts that bring them, with the sum that each answers. Each may be run again.
    pub(super) pieces: Vec<(String, String)>,
    /// The files that they come to, in their order.
    pub(super) names: Vec<String>,
}

impl Sent {
    /// Into files of a folder whose names begin so.
    pub(super) fn of(folder: &str, prefix: &str, bytes: &[u8]) -> Self {
        let text = STANDARD.encode(packed(bytes));
        let (mut brought, mut names) = (Vec::new(), Vec::new());
        for (number, part) in pieces(&text, PIECE).iter().enumerate() {
            let name = format!("{prefix}{number:04}");
            let lines: String = pieces(part, LINE).iter().map(|line| format!("{line}\n")).collect();
            let script = format!(
                "set -eu\numask 077\nmkdir -p {folder}\ncd {folder}\ncat > {name} <<'END'\n{lines}END\nsha256sum {name} | cut -c1-64\n"
            );
            brought.push((script, sum(lines.as_bytes())));
            names.push(name);
        }
        Self { pieces: brought, names }
    }
}

/// What the last script prints when all is well.
pub(super) const DONE: &str = "rdpctl: done";

impl Scripts {
    /// The scripts that do a change on a device.
    #[must_use]
    pub fn of(change: &Change, device: &str) -> Self {
        let (list, end, data) = lists(change);
        let whole = [list.as_bytes(), end.as_bytes(), &data].concat();
        let sent = Sent::of(FOLDER, "", &whole);
        let write = format!(
            r#"set -eu
cd {FOLDER}
d={device}
if [ ! -e "$d" ]; then echo "rdpctl: there is no disk at $d"; exit 0; fi
cat {names} | base64 -d | gzip -dc > whole
now=$(sha256sum whole | cut -c1-64)
if [ "$now" != {whole_sum} ]; then echo "rdpctl: what was sent is not whole"; exit 0; fi
head -c {list_length} whole > list
tail -c +{end_start} whole > rest
head -c {end_length} rest > end
tail -c +{data_start} rest > data
look() {{ dd if="$d" bs=512 skip="$1" count="$2" status=none | sha256sum | cut -c1-64; }}
while read -r step at count from was will also; do
  now=$(look "$at" "$count")
  if [ "$now" != "$was" ] && [ "$now" != "$will" ] && [ "$now" != "$also" ]; then echo "rdpctl: sector $at is not what was read"; exit 0; fi
done < list
last=0
while read -r step at count from was will also; do
  if [ "$step" != "$last" ]; then sync; last=$step; fi
  dd if=data of="$d" bs=512 skip="$from" seek="$at" count="$count" conv=notrunc status=none
done < list
sync
blockdev --flushbufs "$d" 2>/dev/null || true
while read -r at count will; do
  now=$(look "$at" "$count")
  if [ "$now" != "$will" ]; then echo "rdpctl: sector $at was not written"; exit 0; fi
done < end
echo "{DONE}"
"#,
            names = sent.names.join(" "),
            whole_sum = sum(&whole),
            list_length = list.len(),
            end_start = list.len() + 1,
            end_length = end.len(),
            data_start = end.len() + 1,
        );
        Self { sent, write }
    }
}

/// One line for each write, one for each place as it is to be in the end, and what is written.
fn lists(change: &Change) -> (String, String, Vec<u8>) {
    let writes = || change.steps.iter().flat_map(|step| &step.writes);
    let (mut list, mut data) = (String::new(), Vec::new());
    for (step, number) in change.steps.iter().zip(1..) {
        for write in &step.writes {
            let from = data.len() / 512;
            data.extend_from_slice(&write.after);
            let others = writes().filter(|other| other.at == write.at);
            let others = others.flat_map(|other| [&other.before, &other.after]);
            let also = others
                .filter(|content| content.len() == write.after.len())
                .find(|content| **content != write.before && **content != write.after);
            let also = also.map_or_else(|| "-".to_owned(), |content| sum(content));
            let (at, count) = (write.at / SECTOR, write.after.len() / 512);
            let (was, will) = (sum(&write.before), sum(&write.after));
            list.push_str(&format!("{number} {at} {count} {from} {was} {will} {also}\n"));
        }
    }
    let mut end = String::new();
    let all: Vec<_> = writes().collect();
    for (place, write) in all.iter().enumerate() {
        let again = all[place + 1..].iter().any(|later| later.at == write.at);
        if !again {
            let (at, count) = (write.at / SECTOR, write.after.len() / 512);
            end.push_str(&format!("{at} {count} {}\n", sum(&write.after)));
        }
    }
    (list, end, data)
}

fn pieces(text: &str, size: usize) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (one, more) = rest.split_at(size.min(rest.len()));
        all.push(one);
        rest = more;
    }
    all
}

pub(super) fn sum(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As `gzip` packs it.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    file.extend(miniz_oxide::deflate::compress_to_vec(bytes, 8));
    file.extend(check_sum(bytes).to_le_bytes());
    file.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    file
}

/// The sum at the end of such a file.
fn check_sum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rdpctl_disk::Guid;
    use rdpctl_disk::change::{Step, Write};
    use rdpctl_disk::table::Identity;

    use super::*;

    fn write(sector: u64, before: u8, after: &[u8]) -> Write {
        Write { at: sector * 512, before: vec![before; after.len()], after: after.to_vec() }
    }

    /// A base block that is opened and closed, and a body that does not compress.
    fn change() -> Change {
        let mut noise = 2_463_534_242_u32;
        let mut byte = || {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            noise.to_le_bytes()[2]
        };
        let body: Vec<u8> = (0..80 * 512).map(|_| byte()).collect();
        let closing = Write { at: 512, before: vec![8; 512], after: vec![9; 512] };
        let steps = [vec![write(1, 0, &[8; 512])], vec![write(4, 0, &body)], vec![closing]];
        let steps = steps.map(|writes| Step { writes }).into();
        Change { identity: Identity::Gpt(Guid([0; 16])), size: 1 << 20, steps }
    }

    #[test]
    fn from_twelve_sectors_to_two_thousand_that_lie_apart_no_script_is_longer_than_24_kb() {
        for count in [12_u64, 2_000] {
            let mut noise = 88_172_645_463_325_252_u64;
            let mut sector = || {
                let mut byte = || {
                    noise ^= noise << 13;
                    noise ^= noise >> 7;
                    noise ^= noise << 17;
                    noise.to_le_bytes()[3]
                };
                (0..512).map(|_| byte()).collect::<Vec<u8>>()
            };
            let writes = (0..count).map(|number| write(number * 7, 0, &sector())).collect();
            let steps = vec![Step { writes }];
            let change = Change { identity: Identity::Mbr(7), size: 1 << 30, steps };
            let scripts = Scripts::of(&change, "/dev/disk/azure/scsi1/lun10");
            let all = scripts.sent.pieces.iter().map(|(script, _)| script).chain([&scripts.write]);
            let longest = all.map(String::len).max().unwrap();
            assert!(longest <= 24 << 10, "{count} sectors: {longest}");
        }
    }

    fn sh(script: &str) -> String {
        let ran = Command::new("sh").arg("-c").arg(script).output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
    }

    #[test]
    fn a_real_shell_does_what_the_scripts_say_again_and_again_and_never_over_somebody_else() {
        let folder = tempfile::tempdir().unwrap();
        let disk = folder.path().join("disk");
        let own =
            |script: &str| script.replace(FOLDER, folder.path().join("run").to_str().unwrap());
        std::fs::write(&disk, vec![0; 1 << 20]).unwrap();
        let change = change();
        let scripts = Scripts::of(&change, disk.to_str().unwrap());
        assert!(scripts.sent.pieces.len() > 1);
        for (script, sum) in &scripts.sent.pieces {
            assert!(script.len() <= 24 << 10, "{}", script.len());
            assert_eq!(sh(&own(script)).trim(), sum);
        }
        assert!(scripts.write.len() <= 24 << 10);
        for _ in 0..2 {
            assert_eq!(sh(&own(&scripts.write)).trim(), DONE);
        }
        let now = std::fs::read(&disk).unwrap();
        assert!(
            now[512..1024] == [9; 512]
                && now[2048..2048 + 80 * 512] == change.steps[1].writes[0].after
        );
        assert!(now[1024..2048].iter().all(|byte| *byte == 0));
        // Cut off in the middle: it goes on.
        let mut cut = now.clone();
        cut[512..1024].fill(8);
        std::fs::write(&disk, &cut).unwrap();
        assert_eq!(sh(&own(&scripts.write)).trim(), DONE);
        cut[2048] ^= 1;
        std::fs::write(&disk, &cut).unwrap();
        assert_eq!(sh(&own(&scripts.write)).trim(), "rdpctl: sector 4 is not what was read");
        assert!(std::fs::read(&disk).unwrap() == cut, "nothing was written");
    }
}
