//! Which registry values policies enforce: the [report](super::policy_report) of `gpresult`, and the machine's own policy
//! file.

use std::collections::BTreeMap;

use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, Enforced, Policies, RegData, Somewhere};

use crate::frame::{Batch, Frames};
use crate::read::policy_file::{self, Directive};
use crate::read::registry;
use crate::said::say;

use super::left::OWN_POLICY;
use super::policy_report::{ELEMENTS, key, setting, told};

/// The policies that apply to the machine, with their display names.
const LIST: &str =
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine\GPO-List";

/// Adds the questions.
pub(super) fn ask(batch: &mut Batch) {
    batch.ask("gpo/list", &format!("!X!\\reg.exe query \"{LIST}\" /s /reg:64 2>nul"));
    // `type` turns the report's UTF-16 into bytes that can be searched; each element has a line of its own.
    let elements: String = ELEMENTS.iter().flat_map(|one| [" /c:\"", one, "\""]).collect();
    batch.ask(
        "gpo/report",
        &format!(
            "!X!\\gpresult.exe /scope computer /x x /f >nul 2>&1&echo rc !errorlevel!&type x >y 2>nul&\
             !X!\\findstr.exe /i{elements} y 2>nul&echo."
        ),
    );
    // The file has no mark of its encoding, so it travels as base64; where there is none, nothing is said.
    batch.ask(
        "gpo/file",
        &format!(
            "(if exist \"{OWN_POLICY}\" (!X!\\certutil.exe -f -encode \"{OWN_POLICY}\" p >nul 2>&1&echo rc !errorlevel!&type p 2>nul))&echo."
        ),
    );
}

/// What policies enforce, with their display names where the list of them can be read.
pub(super) fn read(frames: &Frames) -> Answer<Policies> {
    let report = frames.get("gpo/report")?;
    let unreadable = || Gap::garbled(say::gpresult_report());
    let (first, rest) = report.text.split_once('\n').ok_or_else(unreadable)?;
    let exit = first.strip_prefix("rc ").and_then(|code| code.trim().parse::<i32>().ok());
    match exit.ok_or_else(unreadable)? {
        0 => {
            let list = frames.get("gpo/list").map(|frame| names(&frame.text));
            let mut policies = told(rest, &list.unwrap_or_default());
            match own_file(frames) {
                Ok((values, somewhere)) => {
                    policies.enforced.extend(values);
                    policies.somewhere.extend(somewhere);
                }
                Err(gap) => policies.own_file = Err(gap),
            }
            policies.enforced.sort_unstable();
            policies.enforced.dedup();
            Ok(policies)
        }
        exit => Err(Gap::garbled(say::ended("gpresult", exit))),
    }
}

/// Display names by the policies' ids in lower case.
fn names(list: &str) -> BTreeMap<String, String> {
    let sections = registry::dump(list, LIST).sections;
    let text = |data: Option<&RegData>| match data {
        Some(RegData::Sz(text) | RegData::ExpandSz(text)) => Some(text.clone()),
        Some(_) | None => None,
    };
    sections
        .values()
        .filter_map(|values| {
            let id = text(values.get("gpo-id"))?.to_ascii_lowercase();
            Some((id, text(values.get("displayname"))?))
        })
        .collect()
}

/// The values that the machine's own policy file writes, and the keys that it clears; nothing where there is no file.
fn own_file(frames: &Frames) -> Answer<(Vec<Enforced>, Vec<Somewhere>)> {
    const OWN: &str = "the machine's own (registry.pol)";
    let frame = frames.get("gpo/file")?;
    if frame.text.trim().is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let unreadable = || Gap::garbled(say::policy_file());
    let directives = policy_file::encoded(&frame.text).ok_or_else(unreadable)?;
    let (mut enforced, mut somewhere) = (Vec::new(), Vec::new());
    for directive in directives {
        match directive {
            Directive::Value { key, name } => enforced.push(setting(&key, &name, OWN)),
            Directive::Whole { key: path } => {
                somewhere.push(Somewhere { key: key(&path), policy: OWN.to_owned() });
            }
        }
    }
    Ok((enforced, somewhere))
}
