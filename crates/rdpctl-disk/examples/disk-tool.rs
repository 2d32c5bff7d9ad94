//! The disk engine by hand, for witnesses that are not ours: each command does one thing to files and prints lines.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use rdpctl_disk::blocks::{FileBlocks, Open};
use rdpctl_disk::change::Planner;
use rdpctl_disk::descriptor::Descriptor;
use rdpctl_disk::hive::{Editor, Hive, Key, Kind};
use rdpctl_disk::table::Partition;
use rdpctl_disk::windows::{Disk, HiveName};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USAGE: &str = "disk-tool recover HIVE OUT [LOG...] | check HIVE [LOG...] | tree HIVE [LOG...] | edit HIVE OUT EDIT...
    | table IMAGE | cat IMAGE PARTITION PATH OUT | descriptor IMAGE PARTITION PATH | edit-image IMAGE EDIT...
    | descriptors IMAGE PARTITION | repoint IMAGE PARTITION PATH ID | aside IMAGE PARTITION FOLDER NAME
EDIT: set:KEY:NAME:dword|sz|binary:DATA  delete:KEY:NAME  create:KEY  delete-key:KEY";

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["recover", hive, out, logs @ ..] => {
            let hive = open(hive, logs)?;
            say(&format!("{:?}", hive.recovery()));
            fs::write(out, closed(hive)?)?;
        }
        ["check", hive, logs @ ..] => {
            let hive = open(hive, logs)?;
            let report = hive.check();
            say(&format!("{:?} {} keys {} values", hive.recovery(), report.keys, report.values));
            report.remarks.iter().for_each(|finding| say(&format!("remark: {finding}")));
            report.errors.iter().for_each(|finding| say(&format!("error: {finding}")));
        }
        ["tree", hive, logs @ ..] => {
            let hive = open(hive, logs)?;
            tree(&hive.root()?, "")?;
        }
        ["edit", hive, out, edits @ ..] => {
            let mut editor = open(hive, &[])?.edit(0x01db_0000_0000_0000)?;
            edits.iter().try_for_each(|edit| change(&mut editor, edit))?;
            fs::write(out, closed(editor.finish())?)?;
        }
        ["table", image] => {
            let blocks = FileBlocks::open(Path::new(image), Open::Look)?;
            let disk = Disk::open(&blocks)?;
            say(&format!("disk {} {:?}", disk.table.identity, disk.table.remark));
            for (partition, sort) in disk.volumes() {
                let region = partition.region;
                let (number, role) = (partition.number, partition.role);
                say(&format!("{number} {role:?} {sort:?} {} {}", region.start, region.length));
            }
        }
        ["cat", image, partition, path, out] => on(image, partition, |disk, partition| {
            let volume = disk.ntfs(partition)?;
            let file = volume.find(&parts(path))?.ok_or("no such file")?;
            let stream = volume.data(&file)?.ok_or("no content")?;
            Ok(fs::write(out, stream.read_all(&volume, 1 << 30)?)?)
        })?,
        ["descriptor", image, partition, path] => on(image, partition, |disk, partition| {
            let volume = disk.ntfs(partition)?;
            let file = volume.find(&parts(path))?.ok_or("no such file")?;
            let id = volume.security_id(&file)?;
            let bytes = volume.descriptor(id)?.ok_or("no descriptor of that number")?;
            say(&format!("{} {}", id.0, Descriptor::read(&bytes)?.sddl()));
            Ok(())
        })?,
        ["descriptors", image, partition] => on(image, partition, |disk, partition| {
            for stored in disk.ntfs(partition)?.descriptors()? {
                say(&format!("{} {}", stored.id.0, Descriptor::read(&stored.descriptor)?.sddl()));
            }
            Ok(())
        })?,
        ["repoint", image, number, path, id] => {
            let id = rdpctl_disk::ntfs::SecurityId(id.parse()?);
            let blocks = FileBlocks::open(Path::new(image), Open::Change)?;
            let disk = Disk::open(&blocks)?;
            let partition = partition(&disk, number)?;
            let mut planner = Planner::new(&disk);
            planner.security(&partition, &parts(path), id)?;
            let planned = planner.finish();
            drop(disk);
            let mut blocks = blocks;
            planned.apply(&mut blocks)?;
        }
        ["aside", image, number, folder, name] => {
            let mut blocks = FileBlocks::open(Path::new(image), Open::Change)?;
            let disk = Disk::open(&blocks)?;
            let partition = partition(&disk, number)?;
            let mut planner = Planner::new(&disk);
            planner.aside(&partition, &parts(folder), &[name])?;
            let planned = planner.finish();
            drop(disk);
            planned.apply(&mut blocks)?;
        }
        ["edit-image", image, edits @ ..] => {
            let mut blocks = FileBlocks::open(Path::new(image), Open::Change)?;
            let disk = Disk::open(&blocks)?;
            let installation = disk.installation(None)?;
            disk.health(&installation)?.refuse()?;
            let mut editor =
                disk.hive(&installation, HiveName::System)?.edit(0x01db_0000_0000_0000)?;
            edits.iter().try_for_each(|edit| change(&mut editor, edit))?;
            let mut planner = Planner::new(&disk);
            planner.hive(&installation, HiveName::System, editor.finish())?;
            let planned = planner.finish();
            drop(disk);
            planned.apply(&mut blocks)?;
            say(&format!("{} bytes written", planned.bytes()));
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the tool's one way to answer")]
fn say(line: &str) {
    println!("{line}");
}

fn open(hive: &str, logs: &[&str]) -> Result<Hive> {
    let logs = logs.iter().map(fs::read).collect::<std::io::Result<Vec<_>>>()?;
    let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    Ok(Hive::recover(fs::read(PathBuf::from(hive))?, &logs)?)
}

/// The file as it would be on the disk.
fn closed(hive: Hive) -> Result<Vec<u8>> {
    let mut bytes = hive.bytes().to_vec();
    if let Some(changed) = hive.changed()? {
        bytes[..512].copy_from_slice(&changed.closing);
    }
    Ok(bytes)
}

fn tree(key: &Key<'_>, above: &str) -> Result<()> {
    let path = format!("{above}\\{}", key.name());
    say(&path);
    for value in key.values()? {
        let bytes = value.bytes()?;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        say(&format!("{path} {:?} {} {digits}", value.name(), value.kind().number()));
    }
    key.keys()?.iter().try_for_each(|child| tree(child, &path))
}

fn change(editor: &mut Editor, edit: &str) -> Result<()> {
    match edit.split(':').collect::<Vec<_>>().as_slice() {
        ["set", key, name, "dword", number] => {
            editor.set(key, name, Kind::Dword, &number.parse::<u32>()?.to_le_bytes())?;
        }
        ["set", key, name, "sz", text] => {
            let bytes: Vec<u8> =
                text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
            editor.set(key, name, Kind::Sz, &bytes)?;
        }
        ["set", key, name, "binary", digits] => {
            let pairs = digits
                .as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16));
            editor.set(
                key,
                name,
                Kind::Binary,
                &pairs.collect::<std::result::Result<Vec<_>, _>>()?,
            )?;
        }
        ["delete", key, name] => editor.delete(key, name)?,
        ["create", key] => editor.create(key)?,
        ["delete-key", key] => editor.delete_key(key)?,
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

fn parts(path: &str) -> Vec<&str> {
    path.split('\\').filter(|part| !part.is_empty()).collect()
}

fn partition(disk: &Disk<'_>, number: &str) -> Result<Partition> {
    let number: usize = number.parse()?;
    let found = disk.table.partitions.iter().find(|partition| partition.number == number);
    Ok(found.ok_or("no such partition")?.clone())
}

fn on(
    image: &str,
    number: &str,
    act: impl FnOnce(&Disk<'_>, &Partition) -> Result<()>,
) -> Result<()> {
    let blocks = FileBlocks::open(Path::new(image), Open::Look)?;
    let disk = Disk::open(&blocks)?;
    let partition = partition(&disk, number)?;
    act(&disk, &partition)
}
