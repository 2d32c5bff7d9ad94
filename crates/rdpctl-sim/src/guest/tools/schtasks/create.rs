//! `schtasks /create`, from switches or from an XML definition.

use super::Options;
use crate::guest::code_page;
use crate::guest::spec::Language;
use crate::guest::task::{Task, Trigger};
use crate::guest::text::fill;
use crate::guest::tools::Tool;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

/// The most tasks a machine holds.
const MOST_TASKS: usize = 100;

pub(super) fn run(tool: &mut Tool<'_>, name: &str, options: &Options) -> i32 {
    let texts = tool.texts();
    let known = tool.guest.task(name);
    if known.is_some() && !options.has("/f") && !matches!(tool.input.first(), Some(b'y' | b'Y')) {
        return tool.refuse(texts.schtasks_bad);
    }
    let definition = match options.get("/xml") {
        Some(file) => from_xml(tool, file),
        None => from_switches(tool, options),
    };
    let Some((action, trigger, as_system)) = definition else {
        return tool.refuse(texts.schtasks_bad);
    };
    if let Some(at) = known {
        tool.guest.state.tasks.remove(at);
    }
    if tool.guest.state.tasks.len() >= MOST_TASKS {
        return tool.refuse(texts.disk_full);
    }
    let now = tool.clock();
    if let Trigger::Once(at) = trigger
        && at < now
    {
        tool.line(&format!("{}{}", texts.warning_prefix, texts.schtasks_past));
    }
    // A moment that has passed never comes.
    let trigger = match trigger {
        Trigger::Once(at) if at < now => Trigger::Never,
        Trigger::Once(_) | Trigger::Never | Trigger::Every { .. } | Trigger::AtStart(_) => trigger,
    };
    tool.guest.state.tasks.push(Task {
        name: format!("\\{}", name.trim_start_matches('\\')).into(),
        action: action.into(),
        trigger,
        as_system,
        enabled: true,
        created: now,
        last_run: None,
        last_result: 267_011,
    });
    tool.line(&format!("{}{}", texts.success_prefix, fill(texts.schtasks_created, &[name])));
    0
}

type Definition = (String, Trigger, bool);

/// Local midnight of the day, in Unix milliseconds of local time.
fn local_now(tool: &Tool<'_>) -> (u64, i64) {
    let offset = i64::from(tool.guest.template.utc_offset_minutes) * 60_000;
    let local = i64::try_from(tool.clock()).unwrap_or(0) + offset;
    (u64::try_from(local).unwrap_or(0), offset)
}

fn to_utc(local: u64, offset: i64) -> u64 {
    u64::try_from(i64::try_from(local).unwrap_or(0) - offset).unwrap_or(0)
}

fn from_switches(tool: &Tool<'_>, options: &Options) -> Option<Definition> {
    let action = options.get("/tr")?.to_owned();
    let as_system = options.get("/ru").is_none_or(|user| {
        let bare = user.rsplit('\\').next().unwrap_or(user);
        user.is_empty() || bare.eq_ignore_ascii_case("system")
    });
    let (now, offset) = local_now(tool);
    let count: u64 = options.get("/mo").map_or(Some(1), |text| text.parse().ok())?;
    let moment = || -> Option<u64> {
        let time = match options.get("/st") {
            Some(text) => clock_time(text)?,
            None => now % DAY / MINUTE * MINUTE,
        };
        let day = match options.get("/sd") {
            Some(text) => date(text, tool.guest.template.language)?,
            None => now / DAY * DAY,
        };
        Some(day + time)
    };
    let repeated = |period: u64| -> Option<Trigger> {
        let mut next = moment()?;
        while next <= now {
            next += period.max(MINUTE);
        }
        Some(Trigger::Every { next: to_utc(next, offset), period })
    };
    let trigger = match options.get("/sc")?.to_ascii_lowercase().as_str() {
        "once" => {
            options.get("/st")?;
            Trigger::Once(to_utc(moment()?, offset))
        }
        "minute" => repeated(count * MINUTE)?,
        "hourly" => repeated(count * 60 * MINUTE)?,
        "daily" => repeated(count * DAY)?,
        "onstart" => Trigger::AtStart(options.get("/delay").map_or(Some(0), delay)?),
        "onlogon" | "onidle" | "onevent" => Trigger::Never,
        _ => return None,
    };
    Some((action, trigger, as_system))
}

/// `HH:MM`.
fn clock_time(text: &str) -> Option<u64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some((hours * 60 + minutes) * MINUTE)
}

/// `mmmm:ss`.
fn delay(text: &str) -> Option<u64> {
    let (minutes, seconds) = text.split_once(':')?;
    Some(minutes.parse::<u64>().ok()? * MINUTE + seconds.parse::<u64>().ok()? * 1000)
}

/// A date as the display language writes it; any other order is an error of the caller.
fn date(text: &str, language: Language) -> Option<u64> {
    let parts: Vec<i16> =
        text.split(['/', '.', '-']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [a, b, c] = parts[..] else { return None };
    let (year, month, day) = match language {
        Language::English => (c, a, b),
        Language::German | Language::Russian | Language::French | Language::Spanish => (c, b, a),
        Language::Korean | Language::Chinese | Language::Japanese => (a, b, c),
    };
    let date = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let zoned = date.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    u64::try_from(zoned.timestamp().as_millisecond()).ok()
}

/// The text of the first element of that name.
fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let start = xml.find(&format!("<{name}>"))? + name.len() + 2;
    let end = xml[start..].find(&format!("</{name}>"))?;
    Some(xml[start..start + end].trim())
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

fn from_xml(tool: &Tool<'_>, file: &str) -> Option<Definition> {
    let files = tool.guest.files();
    let node = files.get(&tool.path(file))?;
    let xml = code_page::from_utf16_file(&node.data)
        .unwrap_or_else(|| code_page::decode(tool.page, &node.data));
    let mut action = unescaped(element(&xml, "Command")?);
    if action.contains(' ') && !action.starts_with('"') {
        action = format!("\"{action}\"");
    }
    if let Some(arguments) = element(&xml, "Arguments") {
        action = format!("{action} {}", unescaped(arguments));
    }
    let user = element(&xml, "UserId").unwrap_or("S-1-5-18");
    let as_system = user == "S-1-5-18" || user.to_ascii_uppercase().ends_with("SYSTEM");
    let (_, offset) = local_now(tool);
    let trigger = if let Some(boundary) = element(&xml, "StartBoundary") {
        let at = match boundary.strip_suffix('Z') {
            Some(utc) => civil(utc)?,
            None => to_utc(civil(boundary)?, offset),
        };
        Trigger::Once(at)
    } else if xml.contains("<RegistrationTrigger") {
        let wait = element(&xml, "Delay").map_or(Some(0), duration)?;
        Trigger::Once(tool.clock() + wait)
    } else if xml.contains("<BootTrigger") {
        Trigger::AtStart(element(&xml, "Delay").map_or(Some(0), duration)?)
    } else {
        Trigger::Never
    };
    Some((action, trigger, as_system))
}

/// `2026-05-02T03:20:00` as Unix milliseconds, without a zone.
fn civil(text: &str) -> Option<u64> {
    let at: jiff::civil::DateTime = text.parse().ok()?;
    let zoned = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    u64::try_from(zoned.timestamp().as_millisecond()).ok()
}

/// `PT10M`, `PT1H30S`.
fn duration(text: &str) -> Option<u64> {
    let mut rest = text.strip_prefix("PT")?;
    let mut total = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..end].parse().ok()?;
        total += number
            * match rest.as_bytes()[end] {
                b'H' => 3_600_000,
                b'M' => MINUTE,
                b'S' => 1000,
                _ => return None,
            };
        rest = &rest[end + 1..];
    }
    Some(total)
}
