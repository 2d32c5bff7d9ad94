//! Simulated hosts, and the carrier pointed at them.

use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_guest::script::Script;
use rdpctl_model::declaration::{GuestAccess, Winrm as Declared};
use rdpctl_model::secret::SecretRef;
use rdpctl_sim::winrm::{Call, Endpoint, Host, Machine, Ran, Server};
use tokio_util::sync::CancellationToken;

use crate::channel::dialect::{Carrier, Load, RawReply};
use crate::channel::winrm::{Limits, Winrm};
use crate::secret::Vault;

pub(super) const USER: &str = "Administrator";
pub(super) const PASSWORD: &str = "Right-Password-1";

/// A machine that runs every line with one function.
struct Function<F>(F);

impl<F: Fn(&Call<'_>) -> Ran + Send + Sync + 'static> Machine for Function<F> {
    fn run(&self, call: &Call<'_>) -> Ran {
        (self.0)(call)
    }

    fn password(&self, user: &str) -> Option<String> {
        user.eq_ignore_ascii_case(USER).then(|| PASSWORD.to_owned())
    }

    fn admits(&self, user: &str) -> bool {
        user != "administrator"
    }
}

pub(super) fn machine(run: impl Fn(&Call<'_>) -> Ran + Send + Sync + 'static) -> Arc<dyn Machine> {
    Arc::new(Function(run))
}

/// Prints the line that it is given.
pub(super) fn echo() -> Arc<dyn Machine> {
    machine(|call| Ran { stdout: format!("{}\r\n", call.line).into_bytes(), ..Ran::default() })
}

/// A stock host that runs every line with one function.
pub(super) async fn stock(server: &Server, machine: Arc<dyn Machine>) -> Host {
    server.open(Endpoint::stock("STOCK"), machine).await.unwrap()
}

pub(super) fn carrier() -> Winrm {
    // A host answers an empty poll after a second, so that silence costs the tests little.
    let limits = Limits { hold: Duration::from_secs(1), ..Limits::default() };
    Winrm::start(limits, Vault::Machine).unwrap()
}

/// The target that a host is, with the right password.
pub(super) fn target(host: &Host) -> GuestTarget {
    with(host, Declared::default())
}

/// The same with a declaration of one's own; its endpoint is the host's.
pub(super) fn with(host: &Host, declared: Declared) -> GuestTarget {
    let url = host.url();
    GuestTarget {
        instance: "web-01".into(),
        id: "ins-1".into(),
        host: None,
        access: Arc::new(GuestAccess {
            user: Some(USER.to_owned()),
            password: Some(secret(PASSWORD)),
            winrm: Declared { endpoint: Some(url), ..declared },
            ..GuestAccess::default()
        }),
    }
}

/// The same target with another password.
pub(super) fn with_password(target: &GuestTarget, password: SecretRef) -> GuestTarget {
    let access = GuestAccess { password: Some(password), ..GuestAccess::clone(&target.access) };
    GuestTarget { access: Arc::new(access), ..target.clone() }
}

/// A secret that a command prints.
pub(super) fn secret(value: &str) -> SecretRef {
    SecretRef::Command(vec!["echo".to_owned(), value.to_owned()])
}

pub(super) fn load(targets: Vec<GuestTarget>, lines: &[&str]) -> Load {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    Load { targets, script: Arc::new(Script::Lines(lines)), within: Duration::from_mins(1) }
}

/// Runs lines at one target.
pub(super) async fn run(
    carrier: &Winrm,
    target: GuestTarget,
    lines: &[&str],
) -> Result<RawReply, ChannelError> {
    run_all(carrier, vec![target], lines).await.remove(0)
}

/// Runs lines at targets, side by side.
pub(super) async fn run_all(
    carrier: &Winrm,
    targets: Vec<GuestTarget>,
    lines: &[&str],
) -> Vec<Result<RawReply, ChannelError>> {
    carrier.carry(vec![load(targets, lines)], &CancellationToken::new()).await.remove(0)
}
