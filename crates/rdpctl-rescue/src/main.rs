//! Hands for a disk that is attached to a machine which has nothing else: one static file, no package, no network.
//!
//! It decides nothing. It reads blocks, or what a judgement needs of them, and does, finishes or puts back a change that was
//! made elsewhere, or is made here of what is wanted elsewhere; each is checked against the disk byte for byte. Each call
//! answers with one line, small enough for a cloud's run-command.
//!
//! `release/rescue` builds it static and small.

mod failure;
mod faraway;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rdpctl_disk::Blocks as _;
use rdpctl_disk::blocks::{FileBlocks, Open};
use rdpctl_disk::change::{Change, Standing};
use rdpctl_disk::table::Table;

use failure::Failure;

/// By this rdpctl knows the file that it sends.
const VERSION: &str = concat!("rdpctl-rescue ", env!("CARGO_PKG_VERSION"), " of rdpctl");
/// What a run-command gives back is 4,096 bytes; base64 takes four for three.
const MOST_READ: usize = 2048;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (line, code) = match run(&words) {
        Ok(line) => (format!("ok {line}"), ExitCode::SUCCESS),
        Err(failure) => (format!("failed {failure}"), ExitCode::FAILURE),
    };
    // Who cannot be told has hung up.
    writeln!(io::stdout(), "{line}").ok();
    code
}

fn run(words: &[&str]) -> Result<String, Failure> {
    match words {
        ["version"] => Ok(VERSION.to_owned()),
        ["look", disk, into] => faraway::look(disk, into),
        ["make", disk, wanted, into] => faraway::make(disk, wanted, into),
        ["part", file, at] => faraway::part(file, at),
        ["who", disk] => {
            let blocks = FileBlocks::open(Path::new(disk), Open::Look)?;
            Ok(format!("{} {}", Table::read(&blocks)?.identity, blocks.size()))
        }
        ["read", disk, at, length] => {
            let at: u64 = at.parse().map_err(|_| Failure::Usage)?;
            let length: usize = length.parse().map_err(|_| Failure::Usage)?;
            if length > MOST_READ {
                return Err(Failure::Usage);
            }
            let mut bytes = vec![0; length];
            FileBlocks::open(Path::new(disk), Open::Look)?.read_at(at, &mut bytes)?;
            Ok(STANDARD.encode(bytes))
        }
        ["standing", disk, change] => {
            let standing =
                decode(change)?.standing(&FileBlocks::open(Path::new(disk), Open::Look)?)?;
            Ok(match standing {
                Standing::Before => "before".to_owned(),
                Standing::After => "after".to_owned(),
                Standing::Between => "between".to_owned(),
                Standing::Foreign { at } => format!("foreign {at}"),
            })
        }
        ["apply", disk, change] => {
            let change = decode(change)?;
            let mut blocks = FileBlocks::open(Path::new(disk), Open::Change)?;
            // One that was begun before is finished; one that is done stays done.
            match change.standing(&blocks)? {
                Standing::Before => change.apply(&mut blocks)?,
                Standing::After | Standing::Between | Standing::Foreign { .. } => {
                    change.finish(&mut blocks)?;
                }
            }
            Ok(format!("after {}", change.bytes()))
        }
        ["undo", disk, change] => {
            let change = decode(change)?;
            change.put_back(&mut FileBlocks::open(Path::new(disk), Open::Change)?)?;
            Ok(format!("before {}", change.bytes()))
        }
        _ => Err(Failure::Usage),
    }
}

fn decode(file: &str) -> Result<Change, Failure> {
    let bytes = fs::read(file)?;
    Change::decode(&bytes).map_err(|damage| Failure::Disk(damage.into()))
}
