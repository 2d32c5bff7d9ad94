//! What leads to a machine's console.

use std::sync::Arc;

use rdpctl_config::Declaration;
use rdpctl_model::account::ProviderKind;
use rdpctl_model::declaration::Instance;
use rdpctl_model::guest::ChannelKind;
use rdpctl_providers::azure::SerialConsole;
use rdpctl_providers::channel::serial::{Console, Declared};

use crate::error::CliError;
use crate::out::safe;
use crate::wiring::{Simulated, subscription};

/// The console of a declared machine, or why nothing leads to it.
///
/// A line of a host is opened where it is a channel that somebody granted, with the secret that goes over it: one that is
/// merely named was granted by nobody.
pub(crate) fn of(
    declaration: &Declaration,
    instance: &Instance,
    simulated: Option<&Simulated>,
) -> Result<Console, CliError> {
    let name = safe(instance.name.as_str());
    let (access, kind) = (&instance.guest, ChannelKind::Serial);
    let provider = declaration.providers.get(&instance.provider);
    let shut = provider.and_then(|provider| provider.closed.as_ref());
    // What closes a channel is mostly its password, which a cloud's console does not need and a line is granted by.
    let line = access.closed.get(&kind).filter(|_| access.via.contains(&kind));
    let is_host = provider.is_some_and(|provider| provider.kind() == ProviderKind::Static);
    if let Some(gap) = shut.or(instance.closed.as_ref()).or(line.filter(|_| is_host)) {
        let why = rdpctl_words::english(&gap.said());
        return Err(CliError::new(format!("the console of {name} is not opened: {why}"))
            .hint("`rdpctl trust` shows all that is asked, and asks you"));
    }
    if let Some(cloud) = subscription(declaration, &instance.provider, simulated)? {
        let lines = SerialConsole::new(cloud.client());
        return Ok(Console::new(Arc::new(lines)));
    }
    if access.via.contains(&kind) && access.serial.is_some() {
        return Ok(Console::new(Arc::new(Declared)));
    }
    Err(CliError::new(format!("nothing leads to the console of {name}")).hint(
        "a VM of Azure has one by itself; a static instance names its line and uses it: via = [\"serial\"], serial = { unix = \"/PATH\" }",
    ))
}
