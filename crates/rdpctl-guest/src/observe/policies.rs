//! Which registry values policies enforce: the report of `gpresult`, by its element names, which are not translated, and
//! the machine's own policy file.
//!
//! A policy's own settings name a `KeyPath` and then a `Name`; security options one `KeyName` that holds both; preferences
//! are attributes of one element. All stand behind the identifier of their policy. Administrative templates are told by
//! their display names alone: what they write cannot be told from the report. Scripts leave no mark.

use std::collections::BTreeMap;

use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, Enforced, Policies, RegData};

use crate::frame::{Batch, Frames};
use crate::read::policy_file::{self, Directive};
use crate::read::registry;
use crate::said::say;

/// The policies that apply to the machine, with their display names.
const LIST: &str =
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine\GPO-List";

/// Settings that are read at most: a report that names more is cut there.
const LIMIT: usize = 5_000;

/// Adds the questions.
pub(super) fn ask(batch: &mut Batch) {
    batch.ask("gpo/list", &format!("!X!\\reg.exe query \"{LIST}\" /s /reg:64 2>nul"));
    // `type` turns the report's UTF-16 into bytes that can be searched; each element has a line of its own.
    batch.ask(
        "gpo/report",
        "!X!\\gpresult.exe /scope computer /x x /f >nul 2>&1&echo rc !errorlevel!&type x >y 2>nul&\
         !X!\\findstr.exe /i /c:\"Identifier>\" /c:\"KeyPath>\" /c:\"Name>\" /c:\":Policy>\" /c:\"Properties \" y 2>nul&echo.",
    );
    // The file has no mark of its encoding, so it travels as base64; where there is none, nothing is said.
    batch.ask(
        "gpo/file",
        &format!(
            "(if exist \"{OWN_FILE}\" (!X!\\certutil.exe -f -encode \"{OWN_FILE}\" p >nul 2>&1&echo rc !errorlevel!&type p 2>nul))&echo."
        ),
    );
}

/// What the machine's own policy writes.
const OWN_FILE: &str = r"!SystemRoot!\System32\GroupPolicy\Machine\Registry.pol";

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
                Ok((values, unplaced)) => {
                    policies.enforced.extend(values);
                    policies.unplaced.extend(unplaced);
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

/// The values that the machine's own policy file writes, and what it does to whole keys; nothing where there is no file.
fn own_file(frames: &Frames) -> Answer<(Vec<Enforced>, Vec<String>)> {
    const OWN: &str = "the machine's own (registry.pol)";
    let frame = frames.get("gpo/file")?;
    if frame.text.trim().is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let unreadable = || Gap::garbled(say::policy_file());
    let directives = policy_file::encoded(&frame.text).ok_or_else(unreadable)?;
    let (mut enforced, mut unplaced) = (Vec::new(), Vec::new());
    for directive in directives {
        match directive {
            Directive::Value { key, name } => enforced.push(setting(&key, &name, OWN)),
            Directive::Whole { key } => unplaced.push(format!("{OWN}: all of {key}")),
        }
    }
    Ok((enforced, unplaced))
}

/// What the report tells. A list that is cut is no list: what it does not name may stand in the rest.
fn told(report: &str, names: &BTreeMap<String, String>) -> Policies {
    let mut found = Vec::new();
    let mut unplaced = Vec::new();
    let mut template = false;
    let mut policy = String::new();
    let mut key: Option<String> = None;
    for line in report.lines() {
        if let Some(id) = element(line, "Identifier") {
            // Each setting names its policy first: a key that was not followed by a name is not for the next one's.
            key = None;
            policy = names.get(&id.to_ascii_lowercase()).cloned().unwrap_or(id);
        } else if let Some(path) = element(line, "KeyPath") {
            key = Some(path);
        } else if let Some(path) = element(line, "KeyName") {
            let path = path.trim_start_matches('\\');
            let (root, rest) = path.split_once('\\').unwrap_or((path, ""));
            if let (true, Some((key, name))) =
                (root.eq_ignore_ascii_case("MACHINE"), rest.rsplit_once('\\'))
            {
                found.push(setting(key, name, &policy));
            }
        } else if opens(line, "Policy") {
            (key, template) = (None, true);
        } else if let Some(name) = element(line, "Name") {
            if let Some(path) = key.take() {
                found.push(setting(&path, &name, &policy));
            } else if std::mem::take(&mut template) {
                unplaced.push(name);
            }
        } else if line.contains("Properties ")
            && attribute(line, "hive").is_some_and(|hive| hive == "HKEY_LOCAL_MACHINE")
            && let (Some(path), Some(name)) = (attribute(line, "key"), attribute(line, "name"))
        {
            found.push(setting(&path, &name, &policy));
        }
        if found.len() + unplaced.len() >= LIMIT {
            unplaced.push("more than can be read".to_owned());
            break;
        }
    }
    found.sort_unstable();
    found.dedup();
    Policies { enforced: found, unplaced, own_file: Ok(()) }
}

/// Whether a line opens an element, whatever its prefix is.
fn opens(line: &str, name: &str) -> bool {
    let tag = line.trim().strip_prefix('<').and_then(|rest| rest.split(['>', ' ']).next());
    tag.and_then(|tag| tag.rsplit(':').next()) == Some(name)
}

fn setting(path: &str, name: &str, policy: &str) -> Enforced {
    Enforced {
        key: format!(r"hklm\{}", path.trim_start_matches('\\').to_ascii_lowercase()),
        name: name.to_ascii_lowercase(),
        policy: policy.to_owned(),
    }
}

/// The text of an element that stands alone in its line, whatever its prefix and attributes are.
fn element(line: &str, name: &str) -> Option<String> {
    let (open, rest) = line.trim().strip_prefix('<')?.split_once('>')?;
    let tag = open.split_whitespace().next()?;
    let local = tag.rsplit(':').next()?;
    let (text, _) = rest.split_once("</")?;
    (local == name).then(|| unescaped(text))
}

fn attribute(line: &str, name: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(text, _)| unescaped(text))
}

fn unescaped(text: &str) -> String {
    let mut plain = text.to_owned();
    for (entity, letter) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
    {
        plain = plain.replace(entity, letter);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"
    <Name>CORP\WEB-01$</Name>
        <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{AAAA}</Identifier>
        <q1:KeyPath>SOFTWARE\Policies\Microsoft\Netlogon</q1:KeyPath>
          <q1:Name>Timeout</q1:Name>
        <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{BBBB}</Identifier>
          <q2:Properties action="U" hive="HKEY_LOCAL_MACHINE" key="SYSTEM\A &amp; B" name="Enabled" type="REG_DWORD" value="0"/>
          <q2:Properties action="U" hive="HKEY_CURRENT_USER" key="Software\C" name="x"/>
        <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{CCCC}</Identifier>
          <q3:KeyName>MACHINE\System\CurrentControlSet\Control\Lsa\LmCompatibilityLevel</q3:KeyName>
            <q3:Name>Network security: LAN Manager authentication level</q3:Name>
        <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{DDDD}</Identifier>
          <q4:KeyPath>SOFTWARE\Policies\Empty</q4:KeyPath>
        <q4:Policy>
          <q4:Name>SSL Cipher Suite Order</q4:Name>
    "#;

    #[test]
    fn every_form_of_a_report_is_read_and_what_it_does_not_place_is_told() {
        let names = [("{aaaa}".to_owned(), "Server hardening".to_owned())].into();
        let policies = told(REPORT, &names);
        let lines: Vec<String> = policies
            .enforced
            .iter()
            .map(|one| format!("{} | {} | {}", one.key, one.name, one.policy))
            .collect();
        assert_eq!(
            lines,
            [
                r"hklm\software\policies\microsoft\netlogon | timeout | Server hardening",
                r"hklm\system\a & b | enabled | {BBBB}",
                r"hklm\system\currentcontrolset\control\lsa | lmcompatibilitylevel | {CCCC}",
            ]
        );
        assert_eq!(policies.unplaced, ["SSL Cipher Suite Order"]);
    }

    #[test]
    fn a_report_that_is_cut_or_mixed_names_no_more_than_it_says() {
        for cut in 0..REPORT.len() {
            if let Some(part) = REPORT.get(..cut) {
                assert!(told(part, &BTreeMap::new()).enforced.len() <= 3);
            }
        }
        let mixed = told("<KeyPath>A</KeyPath>\nnoise\n<Identifier", &BTreeMap::new());
        assert!(mixed.enforced.is_empty());
    }
}
