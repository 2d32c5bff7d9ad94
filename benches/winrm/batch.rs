//! Surveys many hosts once over `WinRM` and says how it went; `bench.py` beside it measures the process.
//!
//! Reads one JSON object from standard input: `hosts` (URLs), `user`, `line`. The password is in the environment,
//! as `RDPCTL_BENCH_PASSWORD`.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::channel::GuestTarget;
use rdpctl_guest::script::Script;
use rdpctl_model::declaration::{GuestAccess, Winrm as Declared};
use rdpctl_model::secret::SecretRef;
use rdpctl_providers::channel::dialect::{Carrier, Load};
use rdpctl_providers::channel::winrm::{Limits, Winrm};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

#[derive(Deserialize)]
struct Batch {
    hosts: Vec<String>,
    user: String,
    line: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let batch: Batch = serde_json::from_str(&text)?;
    let target = |url: &String| GuestTarget {
        instance: url.as_str().into(),
        id: url.as_str().into(),
        host: None,
        access: Arc::new(GuestAccess {
            user: Some(batch.user.clone()),
            password: Some(SecretRef::Env("RDPCTL_BENCH_PASSWORD".to_owned())),
            winrm: Declared { endpoint: Some(url.clone()), ..Declared::default() },
            ..GuestAccess::default()
        }),
    };
    let targets: Vec<GuestTarget> = batch.hosts.iter().map(target).collect();
    let script = Arc::new(Script::Lines(vec![batch.line]));
    let load = Load { targets, script, within: Duration::from_mins(2) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let carrier = Winrm::start(Limits::default(), rdpctl_providers::secret::Vault::Machine)?;
    let replies = runtime.block_on(carrier.carry(vec![load], &CancellationToken::new())).remove(0);
    let failures: Vec<String> =
        replies.iter().filter_map(|reply| reply.as_ref().err()).map(ToString::to_string).collect();
    let bytes: usize = replies.iter().flatten().map(|reply| reply.stdout.len()).sum();
    let said = serde_json::json!({
        "answered": replies.len() - failures.len(), "bytes": bytes, "first_failure": failures.first(),
        "soap_requests": carrier.requests(),
    });
    writeln!(std::io::stdout(), "{said}")?;
    Ok(())
}
