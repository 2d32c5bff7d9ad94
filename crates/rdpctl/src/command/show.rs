//! `rdpctl show`: a plan file, what the state knows of an instance, or what a run did.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use rdpctl_doctor::{Language, Library};
use rdpctl_model::cloud::CloudSurvey;
use rdpctl_model::evidence::Remembered;
use rdpctl_model::facet::World;
use rdpctl_model::guest::GuestSurvey;
use rdpctl_model::handshake::Handshake;
use rdpctl_model::{Evidence, InstanceName};

use crate::arguments::Place;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::report::{guest_text, record};
use crate::session::Session;

/// Arguments of `show`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  rdpctl show plan.json\n  rdpctl show web-01\n  rdpctl show 3f9a12bc\n  rdpctl show web-01 --format json\n  rdpctl show --disk server.qcow2      # all that a disk answers"
)]
pub(crate) struct Args {
    /// A plan file, an instance's name, or a run's id, of which its beginning is enough
    #[arg(
        value_name = "PLAN|INSTANCE|RUN",
        required_unless_present = "disk",
        conflicts_with = "disk",
        add = clap_complete::ArgValueCompleter::new(crate::complete::instances)
    )]
    what: Option<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    which: crate::disk::Which,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Forms of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// Runs `show`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let Some(what) = args.what else {
        let form = match args.format {
            Format::Text => super::disk::Form::Text,
            Format::Json => super::disk::Form::Json,
        };
        let path = args.which.disk.clone().unwrap_or_default();
        return super::disk::show(&path, args.which, form);
    };
    let path = Path::new(&what);
    if crate::plan_file::is_one(path) {
        let plan = crate::plan_file::read(path)?;
        let form = match args.format {
            Format::Text => super::plan::Format::Text,
            Format::Json => super::plan::Format::Json,
        };
        out::out(&super::plan::render(&plan, form, &BTreeMap::new())?)?;
        return Ok(Exit::Done);
    }
    crate::runtime::runtime()?.block_on(async {
        let session = Session::remembered(&args.place)?;
        let name = InstanceName::new(&what);
        let known = session.store.evidence(std::slice::from_ref(&name)).await?.pop().flatten();
        let Some(evidence) = known else {
            let recorded = super::state::find_run(&session, &what).await?;
            out::out(&match args.format {
                Format::Text => record::run(&recorded),
                Format::Json => format!("{}\n", record::run_json(&recorded)),
            })?;
            return Ok(Exit::Done);
        };
        let text = match args.format {
            Format::Text => text(&name, &evidence),
            Format::Json => {
                let mut text = serde_json::to_string(&evidence)
                    .map_err(|error| CliError::new(error.to_string()))?;
                text.push('\n');
                text
            }
        };
        out::out(&text)?;
        Ok(Exit::Done)
    })
}

fn text(name: &InstanceName, evidence: &Evidence) -> String {
    let mut text = format!("{}\n\n", safe(name.as_str()));
    if let Some(cloud) = heard(&mut text, World::Cloud, &evidence.cloud) {
        cloud_text(&mut text, cloud);
    }
    text.push('\n');
    if let Some(guest) = heard(&mut text, World::Guest, &evidence.guest) {
        text.push_str(&guest_text::text(guest));
        unusual_text(&mut text, guest);
    }
    text.push('\n');
    if let Some(outside) = heard(&mut text, World::Outside, &evidence.outside) {
        outside_text(&mut text, outside);
    }
    text
}

/// What differs from the defaults of this Windows and no facet judges.
fn unusual_text(text: &mut String, guest: &GuestSurvey) {
    // Data of ours that a test reads; were it not so, nothing would be said here.
    let Ok(library) = Library::read(Language::English) else { return };
    let unusual = library.unusual(guest);
    if !unusual.is_empty() {
        let _ = writeln!(text, "  {}", library.texts().get("words.unusual"));
    }
    for one in unusual {
        let _ = writeln!(text, "    {}  {}", safe(&one.value.source), safe(&one.value.reply));
        let _ = writeln!(text, "      {}", one.does);
    }
}

/// The heading of a world: when it answered, and why it did not afterwards.
fn heard<'a, T>(text: &mut String, world: World, known: &'a Remembered<T>) -> Option<&'a T> {
    match &known.answer {
        Some(answer) => {
            let _ = writeln!(text, "{}  seen {}", world.name(), answer.at);
        }
        None => {
            let _ = writeln!(text, "{}  never seen", world.name());
        }
    }
    if let Some(failed) = &known.failed {
        let why = failed.gap.to_string();
        let _ = writeln!(text, "  not seen again {}: {}", failed.at, safe(&why));
    }
    known.said()
}

fn cloud_text(text: &mut String, cloud: &CloudSurvey) {
    let _ = writeln!(text, "  id         {}", safe(cloud.id.as_str()));
    let _ = writeln!(text, "  name       {}", safe(&cloud.name));
    let _ = writeln!(text, "  power      {}", safe(&format!("{:?}", cloud.power.state)));
    let _ = writeln!(text, "  address    {}", safe(&format!("{:?}", cloud.address)));
    if let Some(ip) = cloud.handles.public_ip {
        let _ = writeln!(text, "             {ip}");
    }
    let _ = writeln!(text, "  bandwidth  {}", safe(&format!("{:?}", cloud.bandwidth)));
    for stage in &cloud.doors.stages {
        for set in &stage.sets {
            let _ = writeln!(
                text,
                "  rules      {} version {}, {} inbound",
                safe(set.id.as_str()),
                safe(&set.version),
                set.rules.len()
            );
        }
    }
    let _ = writeln!(text, "  agent      {}", safe(&format!("{:?}", cloud.agent)));
}

fn outside_text(text: &mut String, outside: &Handshake) {
    let _ = writeln!(
        text,
        "  port {}  {}  {}",
        outside.port,
        outside.verdict,
        listed(&outside.problems)
    );
    let _ = writeln!(text, "  NLA {}, TLS {}", outside.nla, listed(&outside.accepted));
}

fn listed(names: &BTreeSet<impl ToString>) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
