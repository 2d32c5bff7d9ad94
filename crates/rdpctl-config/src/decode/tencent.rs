//! `kind = "tencent"`: an account of Tencent Cloud in one region.

use rdpctl_model::ResourceId;
use rdpctl_model::account::{Tencent, TencentCredentials};

use crate::diagnostic::Problems;
use crate::suggest::nearest;
use crate::tree::{Fields, Node};

use super::calls::{calls, unknown_credentials};
use super::scalar::secret;

const FORMS: &str =
    r#""env", "profile:NAME", "role", "role:ARN", or { id = "env:…", key = "env:…" }"#;

pub(super) fn decode(fields: &Fields<'_>, problems: &mut Problems) -> Option<Tencent> {
    let region = region(fields, problems);
    let credentials = fields.optional("credentials", |node| credentials(node, problems));
    let commands = fields.optional("commands", |node| commands(node, problems));
    let calls = calls(fields, problems);
    Some(Tencent {
        region: region?,
        credentials: credentials.ok()?.unwrap_or(TencentCredentials::Chain),
        commands: commands.ok()?.unwrap_or_default(),
        calls: calls.ok()?,
    })
}

fn region(fields: &Fields<'_>, problems: &mut Problems) -> Option<String> {
    let node = fields.need("region", "\"ap-guangzhou\"", problems)?;
    let text = node.text("region", problems)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || !text.chars().all(fits) {
        problems
            .error(node.place, format!("`{text}` is not the id of a region"))
            .help("regions are written as in the vendor's API, for example \"ap-guangzhou\"");
        return None;
    }
    if let Some((region, zone)) = text.rsplit_once('-')
        && zone.chars().all(|c| c.is_ascii_digit())
    {
        problems
            .error(node.place, format!("`{text}` is an availability zone"))
            .help(format!("its region is `{region}`"));
        return None;
    }
    // The vendor opens regions faster than we release: a stranger is no mistake, a slip of the finger probably is.
    if !REGIONS.contains(&text)
        && let Some(near) = nearest(text, REGIONS)
    {
        problems.warn_once(
            node.place,
            format!("`{text}` is no region that this rdpctl knows"),
            &format!("did you mean `{near}`?"),
        );
    }
    Some(text.to_owned())
}

/// Ids of registered commands. An empty list would say that nobody may look, which is said by `via`.
fn commands(node: Node<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    const HELP: &str = "`rdpctl permissions --register` registers the commands and says their ids";
    let list = node.list("commands", problems)?;
    if list.is_empty() {
        problems.error(node.place, "`commands` names none").help(HELP);
        return None;
    }
    let mut ids = Vec::new();
    for node in list {
        let id = node.text("commands", problems)?;
        let digits = id.strip_prefix("cmd-").unwrap_or_default();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if digits.is_empty() || !digits.chars().all(fits) {
            problems.error(node.place, format!("`{id}` is not the id of a command")).help(HELP);
            return None;
        }
        ids.push(id.to_owned());
    }
    Some(ids)
}

/// Regions that the vendor lists.
const REGIONS: [&str; 24] = [
    "ap-bangkok",
    "ap-beijing",
    "ap-beijing-fsi",
    "ap-chengdu",
    "ap-chongqing",
    "ap-guangzhou",
    "ap-hongkong",
    "ap-jakarta",
    "ap-mumbai",
    "ap-nanjing",
    "ap-osaka",
    "ap-seoul",
    "ap-shanghai",
    "ap-shanghai-fsi",
    "ap-shenzhen-fsi",
    "ap-singapore",
    "ap-taipei",
    "ap-tokyo",
    "eu-frankfurt",
    "me-saudi-arabia",
    "na-ashburn",
    "na-siliconvalley",
    "na-toronto",
    "sa-saopaulo",
];

fn credentials(node: Node<'_>, problems: &mut Problems) -> Option<TencentCredentials> {
    if node.value.is_table() {
        let what = "`credentials`".to_owned();
        let fields = Fields::open(node, node.place, what, &["id", "key"], problems)?;
        let id = fields.need("id", "\"env:SECRET_ID\"", problems);
        let key = fields.need("key", "\"env:SECRET_KEY\"", problems);
        let id = id.and_then(|node| secret(node, "id", problems));
        let key = key.and_then(|node| secret(node, "key", problems));
        return Some(TencentCredentials::Keys { id: id?, key: key? });
    }
    let text = node.text("credentials", problems)?;
    let known = match text.split_once(':') {
        None if text == "env" => Some(TencentCredentials::Chain),
        None if text == "role" => Some(TencentCredentials::Role),
        Some(("profile", name)) if !name.is_empty() => {
            Some(TencentCredentials::Profile(name.to_owned()))
        }
        Some(("role", role)) if !role.is_empty() => {
            Some(TencentCredentials::AssumeRole(role.to_owned()))
        }
        None | Some(_) => None,
    };
    if known.is_none() {
        unknown_credentials(node, text, ["env", "role", "profile"], FORMS, problems);
    }
    known
}

/// Prefixes of Tencent's other ids, with what they name.
const OTHERS: [(&str, &str); 9] = [
    ("eip-", "an elastic address"),
    ("sg-", "a security group"),
    ("disk-", "a disk"),
    ("vpc-", "a network"),
    ("subnet-", "a subnet"),
    ("eni-", "a network interface"),
    ("img-", "an image"),
    ("snap-", "a snapshot"),
    ("lhins-", "a Lighthouse instance, which rdpctl does not manage"),
];

/// The id of a machine of it.
pub(super) fn id(node: Node<'_>, problems: &mut Problems) -> Option<ResourceId> {
    let text = node.text("id", problems)?;
    let tail = |digits: &str| {
        digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if text.strip_prefix("ins-").is_some_and(tail) {
        return Some(ResourceId::new(text));
    }
    let other = OTHERS.iter().find(|(prefix, _)| text.starts_with(prefix));
    let help = match other {
        Some((_, what)) => format!("that is the id of {what}"),
        None if text.starts_with("/subscriptions/") => {
            "that is an Azure id, and this provider's kind is \"tencent\"".to_owned()
        }
        None => "it is `ins-` and eight lower-case letters and digits, as the console shows it"
            .to_owned(),
    };
    problems
        .error(node.place, format!("`{text}` cannot be the id of a Tencent Cloud instance"))
        .help(help);
    None
}
