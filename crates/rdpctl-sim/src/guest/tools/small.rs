//! Tools of a few lines.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Tool;
use super::request::Policy;
use crate::guest::certificate::DAY;
use crate::guest::code_page;
use crate::guest::defaults::disk::TOOLS;
use crate::guest::files::Node;
use crate::guest::order::User;
use crate::guest::text::fill;

const FILE_NOT_FOUND: u32 = 0x8007_0002;
const INVALID_DATA: u32 = 0x8007_000d;
const FILE_EXISTS: u32 = 0x8007_0050;
const INVALID_ARGUMENT: u32 = 0x8007_0057;

pub(super) fn hostname(tool: &mut Tool<'_>) -> i32 {
    let name = tool.guest.hostname().to_owned();
    tool.line(&name);
    0
}

pub(super) fn whoami(tool: &mut Tool<'_>) -> i32 {
    let name = match &tool.user {
        User::System => r"nt authority\system".to_owned(),
        User::Named(name) | User::Ordinary(name) => {
            format!(r"{}\{name}", tool.guest.hostname()).to_lowercase()
        }
    };
    tool.line(&name);
    0
}

/// A delay of a second between packets; what is pinged always answers.
pub(super) fn ping(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let mut count = 4_u64;
    let mut target = String::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case("-n") {
            count = words.next().and_then(|text| text.parse().ok()).unwrap_or(4);
        } else if word.starts_with('-') || word.starts_with('/') {
            words.next();
        } else {
            target = word;
        }
    }
    if target.is_empty() {
        return 1;
    }
    let texts = tool.texts();
    tool.line(&format!("\r\n{}", fill(texts.pinging, &[&target])));
    for _ in 0..count.min(100) {
        tool.say(texts.ping_reply, &[&target]);
    }
    tool.took += count.saturating_sub(1).min(3600) * 1000;
    0
}

pub(super) fn timeout(tool: &mut Tool<'_>) -> i32 {
    let seconds =
        tool.words().iter().find_map(|word| word.parse::<u64>().ok()).unwrap_or(0).min(99_999);
    if tool.input.is_empty() {
        // Without a console it refuses to wait.
        tool.error_line(
            "ERROR: Input redirection is not supported, exiting the process immediately.",
        );
        return 1;
    }
    tool.took += seconds * 1000;
    0
}

/// A number with separators, as newer releases print it.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

pub(super) fn fsutil(tool: &mut Tool<'_>) -> i32 {
    use crate::guest::spec::OsRelease;
    let words: Vec<String> = tool.words().iter().map(|word| word.to_ascii_lowercase()).collect();
    let verbs: Vec<&str> = words.iter().map(String::as_str).collect();
    let ["volume", "diskfree", drive] = verbs[..] else { return 1 };
    let texts = tool.texts();
    if drive.trim_end_matches(['\\', ':']) != "c" {
        tool.line(&format!("Error:  {}", texts.error(3)));
        return 1;
    }
    let total = 127 * 1024 * 1024 * 1024_u64;
    let free = tool.guest.template.disk_free;
    let newer = tool.guest.template.os >= OsRelease::Server2019;
    for (label, number) in
        [(texts.free_bytes, free), (texts.total_bytes, total), (texts.available_bytes, free)]
    {
        let number = if newer { grouped(number) } else { number.to_string() };
        tool.line(&format!("{label}{number}"));
    }
    0
}

/// `forfiles /p FOLDER /d -DAYS /c "COMMAND"`: a command for whatever was made so many days ago, or before.
pub(super) fn forfiles(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let option = |name: &str| {
        let at = words.iter().position(|word| word.eq_ignore_ascii_case(name))?;
        words.get(at + 1).cloned()
    };
    let folder = option("/p").map_or_else(|| tool.folder.clone(), |folder| tool.path(&folder));
    let days = option("/d").and_then(|days| days.strip_prefix('-')?.parse::<u64>().ok());
    let (Some(days), Some(command)) = (days, option("/c")) else {
        return tool.refuse("Invalid syntax.");
    };
    if !tool.guest.files().get(&folder).is_some_and(|node| node.folder) {
        return tool.refuse("The directory name is invalid.");
    }
    // Whole days count, by the calendar.
    let until = (tool.clock() / DAY).saturating_sub(days);
    let found: Vec<(String, bool)> = tool
        .guest
        .files()
        .children(&folder)
        .into_iter()
        .filter(|(_, node)| node.made / DAY <= until)
        .map(|(path, node)| (path, node.folder))
        .collect();
    if found.is_empty() {
        return tool.refuse("No files found with the specified search criteria.");
    }
    for (path, is_folder) in found {
        let name = path.rsplit('\\').next().unwrap_or(&path);
        let line = command
            .replace("@isdir", if is_folder { "TRUE" } else { "FALSE" })
            .replace("@path", &format!("\"{path}\""))
            .replace("@file", &format!("\"{name}\""));
        tool.starts.push(line);
        tool.took += 8;
    }
    0
}

/// Passes its input or its files on; there is no screen to fill.
pub(super) fn more(tool: &mut Tool<'_>) -> i32 {
    let names: Vec<String> =
        tool.words().into_iter().filter(|word| !word.starts_with(['/', '+'])).collect();
    if names.is_empty() {
        let input = std::rc::Rc::clone(&tool.input);
        tool.out.write(&input);
        return 0;
    }
    for name in names {
        let data = tool.guest.files().get(&tool.path(&name)).map(|node| node.data.clone());
        let Some(data) = data else {
            tool.error_line(tool.texts().file_not_found);
            return 1;
        };
        tool.out.write(&data);
    }
    0
}

/// Where a program lies: every tool that exists lies in one folder.
pub(super) fn locate(tool: &mut Tool<'_>) -> i32 {
    let mut code = 1;
    for name in tool.words() {
        let bare = name.to_ascii_lowercase();
        let bare = bare.strip_suffix(".exe").unwrap_or(&bare);
        if TOOLS.contains(&bare) || bare == "cmd" {
            tool.line(&format!(r"C:\Windows\System32\{bare}.exe"));
            code = 0;
        }
    }
    code
}

/// `certreq -new`: a key and a certificate of its own, by a policy file. The exit code is an HRESULT; what is said to people
/// is English everywhere.
pub(super) fn certreq(tool: &mut Tool<'_>) -> i32 {
    tool.took += 400;
    match request(tool) {
        Ok(()) => 0,
        Err(error) => {
            let words = match error {
                FILE_NOT_FOUND => "The system cannot find the file specified.",
                INVALID_DATA => "The data is invalid.",
                FILE_EXISTS => "The file exists.",
                INVALID_ARGUMENT => "The parameter is incorrect.",
                0x8009_000f => "Object already exists.",
                _ => "The system cannot find the path specified.",
            };
            tool.line(&format!("Certificate Request Processor: {words} 0x{error:08x}"));
            error.cast_signed()
        }
    }
}

fn request(tool: &mut Tool<'_>) -> Result<(), u32> {
    let mut files = Vec::new();
    let (mut is_new, mut replaces) = (false, false);
    for word in tool.words() {
        match word.strip_prefix(['-', '/']).map(str::to_ascii_lowercase).as_deref() {
            Some("new") => is_new = true,
            Some("f") => replaces = true,
            Some("q" | "machine") => {}
            Some(_) => return Err(INVALID_ARGUMENT),
            None => files.push(word),
        }
    }
    let [policy, out] = &files[..] else { return Err(INVALID_ARGUMENT) };
    if !is_new {
        return Err(INVALID_ARGUMENT);
    }
    let (policy, out) = (tool.path(policy), tool.path(out));
    let node = tool.guest.files().get(&policy).filter(|node| !node.folder).cloned();
    let text = code_page::decode(tool.page, &node.ok_or(FILE_NOT_FOUND)?.data);
    let policy = Policy::read(&text);
    if tool.guest.files().get(&out).is_some() && !replaces {
        return Err(FILE_EXISTS);
    }
    let wanted = policy.wanted()?;
    let now = tool.clock();
    let issued = tool.guest.make_certificate(&wanted, now)?;
    let encoded = STANDARD.encode(&issued.der);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let text = format!(
        "-----BEGIN CERTIFICATE-----\r\n{}\r\n-----END CERTIFICATE-----\r\n",
        lines.join("\r\n")
    );
    let name = out.rsplit('\\').next().unwrap_or(&out).to_owned();
    tool.guest.put_file(&out, Node::file(&name, text.as_bytes()));
    tool.line("Installed Certificate:");
    tool.line(&format!("  Subject: CN={}", wanted.common_name));
    tool.line(&format!("  Thumbprint: {}", issued.thumbprint().to_lowercase()));
    tool.line("");
    tool.line("CertReq: Certificate Created and Installed");
    Ok(())
}
