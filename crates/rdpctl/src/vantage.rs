//! From where rdpctl looks: the handshake from outside, and whether there is a way out for it at all.
//!
//! A proxy carries calls to an API and no handshake. A runner that has no other way out would see a fleet that is down
//! where nothing is wrong but its own place: that is one gap, and the machines are not blamed for it.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_config::Declaration;
use rdpctl_contract::Probe;
use rdpctl_model::Gap;
use rdpctl_model::account::{Account, Calls, Route};
use rdpctl_model::handshake::Handshake;
use rdpctl_model::host::Host;
use rdpctl_probe::{Level, ProbeOptions, Target};
use rdpctl_providers::asked::Asked;
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::OnceCell;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long a vendor's API may take to answer a knock, and a resolver a question. They are known to be there.
const KNOCK: Duration = Duration::from_secs(3);

/// Variables that name a proxy for the calls to an API.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The view from outside, by the probe.
#[derive(Default)]
pub(crate) struct Vantage {
    /// APIs that are reached through a proxy: whoever reaches one of them without it has a way out.
    beyond: Vec<(String, u16)>,
    shut: OnceCell<Option<Gap>>,
}

impl Vantage {
    /// Of whoever runs this declaration.
    pub(crate) fn of(declaration: &Declaration) -> Self {
        let named =
            PROXIES.iter().any(|name| std::env::var_os(name).is_some_and(|it| !it.is_empty()));
        let mut beyond: Vec<(String, u16)> = declaration
            .providers
            .values()
            .filter_map(|provider| api(&provider.account))
            .filter(|(calls, _)| match calls.route {
                Route::Usual => named,
                Route::Direct => false,
                Route::Through(_) => true,
            })
            .filter_map(|(calls, own)| match &calls.endpoint {
                None => Some((own.to_owned(), 443)),
                Some(url) => place(url),
            })
            .collect();
        beyond.sort_unstable();
        beyond.dedup();
        Self { beyond, shut: OnceCell::new() }
    }

    /// Why nothing outside can be looked at from here, if so. Asked once.
    async fn shut(&self) -> Option<Gap> {
        self.shut.get_or_init(|| async { knock(&self.beyond).await }).await.clone()
    }
}

/// Knocks at each; the first that opens shows that there is a way.
async fn knock(beyond: &[(String, u16)]) -> Option<Gap> {
    let (first, _) = beyond.first()?;
    for (host, port) in beyond {
        if let Ok(Ok(_)) = timeout(KNOCK, TcpStream::connect((host.as_str(), *port))).await {
            return None;
        }
    }
    Some(Gap::Unreachable { reason: say::only_a_proxy(first) })
}

/// How a provider's API is called, and where it is unless an endpoint says so.
const fn api(account: &Account) -> Option<(&Calls, &'static str)> {
    match (account.calls(), account.host()) {
        (Some(calls), Some(host)) => Some((calls, host)),
        (_, _) => None,
    }
}

/// Host and port of a base URL, unless it is this machine, which no proxy is asked for.
fn place(url: &str) -> Option<(String, u16)> {
    let host = rdpctl_trust::host_of(url)?;
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
    let after = url.rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse().ok());
    (!is_here).then(|| (host, after.unwrap_or(443)))
}

/// Whether an address is reached over the internet.
const fn is_outside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !(v4.is_loopback() || v4.is_private() || v4.is_link_local()),
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()),
    }
}

#[async_trait]
impl Probe for Vantage {
    async fn look(
        &self,
        host: &Host,
        port: u16,
        stop: &CancellationToken,
    ) -> Result<Handshake, Gap> {
        let is_outside = match host {
            Host::Address(address) => is_outside(*address),
            Host::Name(name) => led(name, port).await?.into_iter().any(is_outside),
        };
        if is_outside && let Some(gap) = self.shut().await {
            return Err(gap);
        }
        let whom = format!("{host}:{port}");
        let seen = Asked::of(&whom, "RDP handshake");
        let found = handshake(&Target { host: host.clone(), port }, stop).await;
        match &found {
            Ok(_) => seen.ended("looked at"),
            Err(gap) => seen.ended(rdpctl_words::english(&gap.said())),
        }
        found
    }
}

/// Where a name leads. One that leads nowhere says nothing of the machine: nobody asked it.
async fn led(name: &str, port: u16) -> Result<Vec<IpAddr>, Gap> {
    let unreachable = |reason| Gap::Unreachable { reason };
    let found = timeout(KNOCK, lookup_host((name, port))).await;
    let found = found.map_err(|_| unreachable(say::resolver_silent(name)))?;
    let found = found.map_err(|error| unreachable(say::not_resolved(name, error.to_string())))?;
    Ok(found.map(|address| address.ip()).collect())
}

/// A handshake from outside, as a survey keeps it.
pub(crate) async fn handshake(target: &Target, stop: &CancellationToken) -> Result<Handshake, Gap> {
    // A survey asks many and is asked again: two seconds cover one lost packet, and nothing is tried twice.
    let options = ProbeOptions {
        connect: Duration::from_secs(2),
        retry_after: None,
        ..ProbeOptions::default()
    };
    let report = tokio::select! {
        report = rdpctl_probe::probe(target, Level::Full, &options) => report,
        () = stop.cancelled() => return Err(Gap::TimedOut { what: say::looking_stopped() }),
    };
    Ok(report.handshake())
}

rdpctl_model::says! { "outside":
    only_a_proxy(host);
    looking_stopped();
    resolver_silent(name);
    not_resolved(name, error);
}
