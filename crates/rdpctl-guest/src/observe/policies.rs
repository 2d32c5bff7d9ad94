//! Which registry values a domain's policies enforce: the report of `gpresult`, by its element names, which are not
//! translated.
//!
//! A policy's own settings name a `KeyPath` and then a `Name`; its preferences are attributes of one element. Both
//! stand behind the identifier of their policy. Scripts and security templates leave no such mark.

use std::collections::BTreeMap;

use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, Enforced, RegData};

use crate::frame::{Batch, Frames};
use crate::read::registry;

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
         !X!\\findstr.exe /i /c:\"Identifier>\" /c:\"KeyPath>\" /c:\"Name>\" /c:\"Properties \" y 2>nul&echo.",
    );
}

/// What the domain enforces, with the policies' display names where the list of them can be read.
pub(super) fn read(frames: &Frames) -> Answer<Vec<Enforced>> {
    let report = frames.get("gpo/report")?;
    let unreadable = || Gap::garbled("the report of `gpresult`");
    let (first, rest) = report.text.split_once('\n').ok_or_else(unreadable)?;
    let exit = first.strip_prefix("rc ").and_then(|code| code.trim().parse::<i32>().ok());
    match exit.ok_or_else(unreadable)? {
        0 => {
            let list = frames.get("gpo/list").map(|frame| names(&frame.text));
            Ok(enforced(rest, &list.unwrap_or_default()))
        }
        exit => Err(Gap::garbled(format!("`gpresult` ended with {exit}"))),
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

fn enforced(report: &str, names: &BTreeMap<String, String>) -> Vec<Enforced> {
    let mut found = Vec::new();
    let mut policy = String::new();
    let mut key: Option<String> = None;
    for line in report.lines() {
        if let Some(id) = element(line, "Identifier") {
            policy = names.get(&id.to_ascii_lowercase()).cloned().unwrap_or(id);
        } else if let Some(path) = element(line, "KeyPath") {
            key = Some(path);
        } else if let Some(name) = element(line, "Name") {
            if let Some(path) = key.take() {
                found.push(setting(&path, &name, &policy));
            }
        } else if line.contains("Properties ")
            && attribute(line, "hive").is_some_and(|hive| hive == "HKEY_LOCAL_MACHINE")
            && let (Some(path), Some(name)) = (attribute(line, "key"), attribute(line, "name"))
        {
            found.push(setting(&path, &name, &policy));
        }
        if found.len() == LIMIT {
            break;
        }
    }
    found.sort_unstable();
    found.dedup();
    found
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
        <q1:KeyPath>SYSTEM\CurrentControlSet\Control\Lsa</q1:KeyPath>
          <q1:Name>LmCompatibilityLevel</q1:Name>
        <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{BBBB}</Identifier>
          <q2:Properties action="U" hive="HKEY_LOCAL_MACHINE" key="SYSTEM\A &amp; B" name="Enabled" type="REG_DWORD" value="0"/>
          <q2:Properties action="U" hive="HKEY_CURRENT_USER" key="Software\C" name="x"/>
    "#;

    #[test]
    fn settings_and_preferences_are_named_with_their_policy() {
        let names = [("{aaaa}".to_owned(), "Server hardening".to_owned())].into();
        let found = enforced(REPORT, &names);
        let lines: Vec<String> = found
            .iter()
            .map(|one| format!("{} | {} | {}", one.key, one.name, one.policy))
            .collect();
        assert_eq!(
            lines,
            [
                r"hklm\system\a & b | enabled | {BBBB}",
                r"hklm\system\currentcontrolset\control\lsa | lmcompatibilitylevel | Server hardening",
            ]
        );
    }

    #[test]
    fn a_report_that_is_cut_or_mixed_names_no_more_than_it_says() {
        for cut in 0..REPORT.len() {
            if let Some(part) = REPORT.get(..cut) {
                assert!(enforced(part, &BTreeMap::new()).len() <= 2);
            }
        }
        assert!(enforced("<KeyPath>A</KeyPath>\nnoise\n<Identifier", &BTreeMap::new()).is_empty());
    }
}
