//! `rdpctl import`: writes declarations for what exists, whose plan is empty.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_contract::{CloudAsk, CloudNeeds, CloudReader, Which};
use rdpctl_model::ProviderName;
use rdpctl_model::cloud::CloudSurvey;
use rdpctl_model::declaration::Selector;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::arguments::Place;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::report::imported::{self, Guests};
use crate::report::words::count;
use crate::session::Session;

/// Arguments of `import`.
#[derive(clap::Args)]
#[command(
    after_help = "The declaration must name the provider; instances are then written as TOML to standard output. Their profiles extend `standard`; what is not so stands there as it is, or is left alone with a remark that says what is wrong, so that the plan of what was imported is empty. Take a remark's line out to have it mended.\n\nExamples:\n  rdpctl import --provider gz > imported.toml\n  rdpctl import --provider gz --tag role=kiosk --name 'kiosk-*'"
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
    /// Look into nobody's Windows; what is inside is then left alone
    #[arg(long)]
    without_guests: bool,
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
        let found = list(cloud, select).await?;
        let declared = &session.estate.instances;
        let mut found: Vec<Arc<CloudSurvey>> = found
            .into_iter()
            .filter(|one| !declared.iter().any(|it| it.provider == provider && it.id == one.id))
            .collect();
        found.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
        let kind = session.estate.kind(&provider);
        // A stranger's declaration may have nobody's Windows looked into.
        let guests = if args.without_guests || args.place.trusted.untrusted {
            Guests::LeftAlone
        } else {
            Guests::LookedInto
        };
        let estate = imported::estate(&provider, kind, &found, guests);
        out::err(&format!("looking at {}", count(found.len(), "instance")));
        let stop = CancellationToken::new();
        let seen = rdpctl_engine::examine(&estate, &eyes, &stop)
            .await
            .map_err(|(_, error)| CliError::from(error))?;
        let text = imported::write(&estate, &found, &seen, guests, session.clock.now());
        out::out(&text)?;
        out::err(&format!(
            "{} written; declared ones were left out",
            count(found.len(), "instance")
        ));
        Ok(Exit::Done)
    })
}

/// What the account has.
async fn list(
    cloud: Arc<dyn CloudReader>,
    select: Selector,
) -> Result<Vec<Arc<CloudSurvey>>, CliError> {
    let needs = CloudNeeds { addresses: true, doors: true, agent: false };
    let ask = CloudAsk::anew(Which::Select(select), needs);
    let stop = CancellationToken::new();
    let (send, mut pages) = mpsc::channel(16);
    let asking = async move { cloud.survey(ask, send, &stop).await };
    let collecting = async {
        let mut found = Vec::new();
        while let Some(page) = pages.recv().await {
            found.extend(page.into_iter().filter_map(|(_, answer)| answer.ok()));
        }
        found
    };
    let (asked, found) = tokio::join!(asking, collecting);
    asked?;
    Ok(found)
}
