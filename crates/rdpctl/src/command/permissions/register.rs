//! `rdpctl permissions --register`: the vendor holds the commands for looking ready, so that a key can be given that runs
//! these and no others.

use std::collections::BTreeSet;

use rdpctl_model::ProviderName;
use rdpctl_providers::tencent::{Registration, State, TencentCloud, register};
use tokio_util::sync::CancellationToken;

use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::session::Session;
use crate::wiring;

/// Registers what is missing at each provider, or at the one that is named.
pub(super) async fn run(session: &Session, named: Option<&str>) -> Result<Exit, CliError> {
    let providers: BTreeSet<&ProviderName> =
        session.estate.sources().map(|source| source.provider).collect();
    let stop = CancellationToken::new();
    let pins = wiring::pins(&session.declaration);
    let mut exit = None;
    for name in providers.into_iter().filter(|name| named.is_none_or(|one| name.as_str() == one)) {
        let shown = out::safe(name.as_str()).into_owned();
        let kind = session.estate.kind(name);
        if let Some(why) = kind.vendor().registers_none {
            out::out(&format!("# provider {shown}\n# {why}\n"))?;
            continue;
        }
        if !kind.is_cloud() {
            continue;
        }
        let Some(cloud) = session.account_of_tencent(name)? else {
            return Err(CliError::new(format!("provider {shown} is not granted"))
                .hint("rdpctl trust says what it asks for"));
        };
        let registered = register(&cloud.client(), &pins, &stop).await.map_err(|error| {
            CliError::from_error(&error).hint(format!(
                "registering needs {}, once",
                TencentCloud::REGISTERING.join(" and ")
            ))
        })?;
        out::out(&told(&shown, &registered))?;
        exit = Some(Exit::Done);
    }
    exit.ok_or_else(|| {
        CliError::new("no provider is declared whose commands could be registered")
            .hint("Tencent Cloud holds commands ready; Azure and hosts do not")
    })
}

fn told(provider: &str, registered: &[Registration]) -> String {
    let mut text = format!("# provider {provider}\n");
    for one in registered {
        let state = match one.state {
            State::Found => "is registered",
            State::Made => "was registered",
            State::Changed => "was changed by somebody, and is not used",
        };
        text.push_str(&format!("# {} {} {state}\n", out::safe(&one.id), out::safe(&one.name)));
    }
    let ids: Vec<String> = registered
        .iter()
        .filter(|one| one.state != State::Changed)
        .map(|one| format!("\"{}\"", out::safe(&one.id)))
        .collect();
    text.push_str(&format!(
        "# To look by these alone, declare in [provider.{provider}]:\ncommands = [{}]\n",
        ids.join(", ")
    ));
    text
}
