//! `rdpctl import`: writes declarations for what exists, whose plan is empty.

use std::collections::BTreeMap;
use std::fmt::Write;

use rdpctl_contract::{CloudAsk, CloudNeeds, Which};
use rdpctl_model::ProviderName;
use rdpctl_model::cloud::{AddressFact, BandwidthFact, CloudSurvey, PowerState};
use rdpctl_model::declaration::Selector;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::arguments::Place;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::session::Session;

/// Arguments of `import`.
#[derive(clap::Args)]
#[command(
    after_help = "The declaration must name the provider; instances are then written as TOML to standard output, each with a\nprofile that says what is, so that its plan is empty.\n\nExamples:\n  rdpctl import --provider gz > imported.toml\n  rdpctl import --provider gz --tag role=kiosk --name 'kiosk-*'"
)]
pub(crate) struct Args {
    /// The declared provider to look into
    #[arg(long)]
    provider: String,
    /// Only instances with this tag; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    tag: Vec<String>,
    /// Only instances of this name; * stands for any run of characters; may be repeated
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    #[command(flatten)]
    place: Place,
}

/// Runs `import`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
        let eyes = session.eyes()?;
        let provider = ProviderName::new(&args.provider);
        let Some(cloud) = eyes.clouds.get(&provider).cloned() else {
            return Err(CliError::new(format!(
                "there is no provider `{}` with a cloud account",
                args.provider
            ))
            .hint("declare it: [provider.NAME] kind = \"tencent\", region = …"));
        };
        let mut tags = BTreeMap::new();
        for tag in &args.tag {
            let Some((key, value)) = tag.split_once('=') else {
                return Err(CliError::new(format!("`{tag}` is not KEY=VALUE")));
            };
            tags.insert(key.to_owned(), value.to_owned());
        }
        let select = Selector { tags, names: args.name.clone(), resource_group: None };
        let ask = CloudAsk {
            which: Which::Select(select),
            needs: CloudNeeds { addresses: true, doors: false, agent: false },
        };
        let stop = CancellationToken::new();
        let (send, mut pages) = mpsc::channel(16);
        let asking = async move { cloud.survey(ask, send, &stop).await };
        let known: Vec<&str> =
            session.estate.instances.iter().map(|instance| instance.id.as_str()).collect();
        let collecting = async {
            let mut found = Vec::new();
            while let Some(page) = pages.recv().await {
                found.extend(page.into_iter().filter_map(|(_, answer)| answer.ok()));
            }
            found
        };
        let (asked, mut found) = tokio::join!(asking, collecting);
        asked?;
        found.retain(|instance| !known.contains(&instance.id.as_str()));
        found.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
        out::out(&write(&provider, &found))?;
        out::err(&format!(
            "{} written; declared ones were left out",
            crate::report::words::count(found.len(), "instance")
        ));
        Ok(Exit::Done)
    })
}

/// Instances that are alike share a profile.
fn write(provider: &ProviderName, found: &[std::sync::Arc<CloudSurvey>]) -> String {
    let mut profiles: BTreeMap<String, String> = BTreeMap::new();
    let mut instances = String::new();
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    for instance in found {
        let body = profile(instance);
        let next = profiles.len() + 1;
        let profile = profiles.entry(body).or_insert_with(|| format!("imported-{next}")).clone();
        let mut name = slug(&instance.name, instance.id.as_str());
        let twins = names.entry(name.clone()).or_default();
        *twins += 1;
        if *twins > 1 {
            name = format!("{name}-{twins}");
        }
        let _ = write!(
            instances,
            "\n[instance.{name}]\nprovider = {}\nid       = {}\nprofile  = {}\n",
            quote(provider.as_str()),
            quote(instance.id.as_str()),
            quote(&profile)
        );
    }
    let mut text = String::new();
    for (body, name) in &profiles {
        let _ = write!(text, "[profile.{name}]\n{body}\n");
    }
    text.push_str(instances.trim_start());
    text
}

/// What is, as a wish; what is not as anybody would wish is left unmanaged.
fn profile(instance: &CloudSurvey) -> String {
    let mut body = String::new();
    if instance.power.state == PowerState::Running && instance.power.blocker.is_none() {
        body.push_str("power     = \"running\"\n");
    }
    match &instance.address {
        AddressFact::Elastic { blocker: None } => body.push_str("public-ip = \"eip\"\n"),
        AddressFact::Ordinary => body.push_str("public-ip = \"any\"\n"),
        AddressFact::Elastic { blocker: Some(_) }
        | AddressFact::None
        | AddressFact::SecondaryInterface
        | AddressFact::Transitional { .. } => {}
    }
    if let BandwidthFact::Address { mbps, .. } | BandwidthFact::Instance { mbps, .. } =
        instance.bandwidth
        && mbps > 0
    {
        let _ = writeln!(
            body,
            "bandwidth = {{ at-least = \"{mbps}Mbps\", raise-to = \"{mbps}Mbps\" }}"
        );
    }
    body
}

/// A bare key of TOML, made from a name that may hold anything.
fn slug(name: &str, id: &str) -> String {
    let mut slug: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    slug.truncate(60);
    let slug = slug.trim_matches('-').to_owned();
    if slug.is_empty() {
        id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
    } else {
        slug
    }
}

/// A basic string of TOML.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
