//! The tools that every distribution has, as far as scripts ask for them.

use std::fmt::Write as _;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{Machine, words::Input};

/// Where a tool works: the machine, and the folder that it is in.
pub(super) type Place<'a> = (&'a mut Machine, &'a str);

/// The whole path of a file.
pub(super) fn path(folder: &str, name: &str) -> String {
    if name.starts_with('/') { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Does what a tool does; what it complains of is its error.
pub(super) fn run(
    mut place: Place<'_>,
    name: &str,
    words: &[String],
    input: &mut Input,
    out: &mut Vec<u8>,
) -> Result<i32, String> {
    match name {
        "true" | "sync" | "umask" | "blockdev" | ":" => Ok(0),
        "false" => Ok(1),
        "echo" => {
            out.extend(words.join(" ").bytes());
            out.push(b'\n');
            Ok(0)
        }
        "[" | "test" => Ok(i32::from(!holds(&place, words)?)),
        "mkdir" => Ok(0),
        "rm" => {
            for path in words.iter().filter(|word| !word.starts_with('-')) {
                let path = self::path(place.1, path);
                let below = format!("{path}/");
                place.0.files.retain(|known, _| *known != path && !known.starts_with(&below));
            }
            Ok(0)
        }
        "cat" => {
            let all = read_all(&place, name, &files(words), input)?;
            out.extend(all);
            Ok(0)
        }
        "base64" => {
            let mut text = read_all(&place, name, &files(words), input)?;
            text.retain(|byte| !byte.is_ascii_whitespace());
            out.extend(STANDARD.decode(text).map_err(|_| "base64: invalid input")?);
            Ok(0)
        }
        "gzip" => {
            let packed = read_all(&place, name, &files(words), input)?;
            out.extend(unpacked(&packed).ok_or("gzip: stdin: not in gzip format")?);
            Ok(0)
        }
        "sha256sum" => {
            let named = files(words);
            let bytes = read_all(&place, name, &named, input)?;
            let mut sum = String::new();
            for byte in Sha256::digest(bytes) {
                // Text takes whatever is written into it.
                let _ = write!(sum, "{byte:02x}");
            }
            out.extend(format!("{sum}  {}\n", named.first().map_or("-", String::as_str)).bytes());
            Ok(0)
        }
        "cut" => {
            let range = words.iter().find_map(|word| word.strip_prefix("-c"));
            let ends = range.and_then(|range| range.split_once('-'));
            let ends = ends.and_then(|(from, to)| {
                Some((from.parse::<usize>().ok()?, to.parse::<usize>().ok()?))
            });
            let (from, to) = ends.ok_or("cut: invalid range")?;
            let text = read_all(&place, name, &[], input)?;
            for line in String::from_utf8_lossy(&text).lines() {
                let part: String =
                    line.chars().skip(from.saturating_sub(1)).take(to + 1 - from).collect();
                out.extend(part.bytes());
                out.push(b'\n');
            }
            Ok(0)
        }
        "head" | "tail" => {
            let [flag, count, rest @ ..] = words else { return Err(format!("{name}: usage")) };
            let bytes = read_all(&place, name, rest, input)?;
            let number: usize =
                count.trim_start_matches('+').parse().map_err(|_| format!("{name}: {count}"))?;
            match (name, flag.as_str(), count.starts_with('+')) {
                ("head", "-c", false) => out.extend(bytes.iter().take(number)),
                ("tail", "-c", true) => out.extend(bytes.iter().skip(number.saturating_sub(1))),
                _ => return Err(format!("{name}: invalid option")),
            }
            Ok(0)
        }
        "dd" => dd(&mut place, words, input, out),
        "chmod" => chmod(place, words),
        _ if name.contains('/') => {
            let path = path(place.1, name.trim_start_matches("./"));
            super::program::run(place.0, &path, words, out)
        }
        _ => Err(format!("sh: 1: {name}: not found")),
    }
}

fn chmod(place: Place<'_>, words: &[String]) -> Result<i32, String> {
    let [mode, file] = words else { return Err("chmod: missing operand".to_owned()) };
    let path = path(place.1, file);
    if !place.0.files.contains_key(&path) {
        return Err(format!("chmod: cannot access '{file}': No such file or directory"));
    }
    if mode.starts_with('7') {
        place.0.runs.insert(path);
    } else {
        place.0.runs.remove(&path);
    }
    Ok(0)
}

fn files(words: &[String]) -> Vec<String> {
    words.iter().filter(|word| !word.starts_with('-')).cloned().collect()
}

/// The named files one after another, or what is handed in.
fn read_all(
    place: &Place<'_>,
    name: &str,
    files: &[String],
    input: &mut Input,
) -> Result<Vec<u8>, String> {
    if files.is_empty() {
        let at = std::mem::replace(&mut input.at, input.bytes.len());
        return Ok(input.bytes.get(at..).unwrap_or_default().to_vec());
    }
    let mut all = Vec::new();
    for file in files {
        let path = path(place.1, file);
        let found = place.0.content(&path);
        all.extend(found.ok_or_else(|| format!("{name}: {file}: No such file or directory"))?);
    }
    Ok(all)
}

fn holds(place: &Place<'_>, words: &[String]) -> Result<bool, String> {
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "]").collect();
    let has = |name: &str| place.0.content(&path(place.1, name)).is_some();
    match words.as_slice() {
        ["!", rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(|word| (*word).to_owned()).collect();
            Ok(!holds(place, &rest)?)
        }
        ["-e", name] => Ok(has(name)),
        ["-b", name] => Ok(place.0.disks.contains_key(&path(place.1, name))),
        ["-n", text] => Ok(!text.is_empty()),
        ["-z", text] => Ok(text.is_empty()),
        [one, "=", two] => Ok(one == two),
        [one, "!=", two] => Ok(one != two),
        _ => Err("sh: 1: [: unexpected operator".to_owned()),
    }
}

fn dd(
    place: &mut Place<'_>,
    words: &[String],
    input: &mut Input,
    out: &mut Vec<u8>,
) -> Result<i32, String> {
    let value = |key: &str| words.iter().find_map(|word| word.strip_prefix(key));
    let number = |key: &str, usual: usize| match value(key) {
        Some(text) => text.parse().map_err(|_| format!("dd: invalid number: '{text}'")),
        None => Ok(usual),
    };
    let (size, skip, seek) = (number("bs=", 512)?, number("skip=", 0)?, number("seek=", 0)?);
    let from: Vec<String> = value("if=").map(str::to_owned).into_iter().collect();
    let bytes = read_all(place, "dd", &from, input)?;
    let count = number("count=", bytes.len().div_ceil(size.max(1)))?;
    let start = (skip * size).min(bytes.len());
    let part = bytes[start..(start + count * size).min(bytes.len())].to_vec();
    let Some(to) = value("of=") else {
        out.extend(part);
        return Ok(0);
    };
    let path = path(place.1, to);
    let at = seek * size;
    if let Some(disk) = place.0.disks.get_mut(&path) {
        let place = disk.get_mut(at..at + part.len());
        place.ok_or("dd: error writing: No space left on device")?.copy_from_slice(&part);
        return Ok(0);
    }
    let file = place.0.files.entry(path).or_default();
    if file.len() < at + part.len() {
        file.resize(at + part.len(), 0);
    }
    file[at..at + part.len()].copy_from_slice(&part);
    Ok(0)
}

/// What a gzip file holds.
fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    let body = packed.strip_prefix(&[0x1f, 0x8b, 8])?;
    // Without any of the optional fields its head has ten bytes, and eight stand at its end.
    if body.first() != Some(&0) {
        return None;
    }
    let deflated = packed.get(10..packed.len().checked_sub(8)?)?;
    miniz_oxide::inflate::decompress_to_vec(deflated).ok()
}
