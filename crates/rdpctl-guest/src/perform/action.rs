//! Each action's one row: the commands that Windows is told, what they replace, what a task that nobody watches runs.

use rdpctl_model::GuestAction;
use rdpctl_model::step::{Setting, StartType};

use crate::refusal::Unrenderable;

use super::command::NativeCommand;
use super::former::{Former, Value};
use super::{boot, firewall, group_policy, key, registry, remains, service, switch, winrm};

/// What an action is to a guest.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What is run.
    pub(super) commands: Vec<NativeCommand>,
    /// What it replaces.
    pub(super) former: Former,
    /// What a task that nobody watches runs for it.
    pub(super) unwatched: Unwatched,
}

/// What a task that nobody watches runs for an action.
#[derive(Clone, Debug)]
pub(super) enum Unwatched {
    /// It does not come to that.
    Never,
    /// The same commands, without the questions after them.
    Same,
    /// These lines instead, which wait for nothing.
    Lines(Vec<String>),
}

impl Row {
    /// Commands alone.
    fn new(commands: Vec<NativeCommand>) -> Self {
        Self { commands, former: Former::Nothing, unwatched: Unwatched::Never }
    }

    fn replaces(self, former: Former) -> Self {
        Self { former, ..self }
    }

    fn unwatched(self, unwatched: Unwatched) -> Self {
        Self { unwatched, ..self }
    }
}

/// The commands of an action. The token names files and the boot nonce in the guest.
pub fn commands(action: &GuestAction, token: &str) -> Result<Vec<NativeCommand>, Unrenderable> {
    Ok(row(action, token, 0)?.commands)
}

/// The one row of an action at some place of an order, so that two of them never share a backup file.
pub(super) fn row(action: &GuestAction, token: &str, place: usize) -> Result<Row, Unrenderable> {
    Ok(match action {
        GuestAction::SetRegistry { key, name, data, setting } => {
            Row::new(vec![registry::set(key, name, data)?])
                .replaces(Former::value(key, name, *setting))
                .unwatched(Unwatched::Same)
        }
        GuestAction::DeleteRegistryValue { key, name, setting } => {
            Row::new(registry::delete_value(key, name)?)
                .replaces(Former::Gone(Value::new(key, name, *setting)))
                .unwatched(Unwatched::Same)
        }
        GuestAction::DeleteRegistryKey { key, setting } => {
            Row::new(registry::delete_key(key, token, place)?)
                .replaces(Former::Key { key: key.clone(), setting: *setting })
        }
        GuestAction::SetServiceStart { service, start } => Row::new(start_of(service, *start)?)
            .replaces(Former::ServiceStart(service.clone()))
            .unwatched(Unwatched::Same),
        // What runs now may go on running.
        GuestAction::StartService { service } => Row::new(service::start(service)?),
        GuestAction::StopService { service } => {
            Row::new(service::stop(service)?).replaces(Former::ServiceRun(service.clone()))
        }
        GuestAction::RestartRdp { session_env } => {
            Row::new(service::restart_remote_desktop(*session_env))
                .unwatched(Unwatched::Lines(service::restart_unwatched(*session_env)))
        }
        GuestAction::EnableRemoteDesktopRules => Row::new(firewall::enable_group())
            .replaces(Former::RemoteDesktopRules)
            .unwatched(Unwatched::Same),
        GuestAction::AddFirewallRule { port, sources } => {
            let absent = vec![GuestAction::DeleteFirewallRule { port: *port }];
            Row::new(firewall::add(*port, sources))
                .replaces(Former::Rule { port: *port, absent })
                .unwatched(Unwatched::Same)
        }
        GuestAction::DeleteFirewallRule { port } => Row::new(firewall::delete(*port))
            .replaces(Former::Rule { port: *port, absent: Vec::new() })
            .unwatched(Unwatched::Same),
        GuestAction::SetFirewallProfile { profile, state } => {
            Row::new(vec![firewall::set_profile(*profile, *state)])
                .replaces(Former::Profile { profile: *profile, now: *state })
                .unwatched(Unwatched::Same)
        }
        // What these save lies in files that their commands name.
        GuestAction::DeleteBootElement { element } => Row::new(vec![boot::delete(*element)]),
        GuestAction::EnableSerialConsole => Row::new(boot::serial_console(token, place)?),
        GuestAction::ShowBootMenu { seconds } => Row::new(boot::menu(*seconds, token, place)?),
        GuestAction::RepairKeyAcl { file, third, take_ownership, folder } => {
            Row::new(key::repair(file, *third, *take_ownership, *folder, token)?)
        }
        GuestAction::RetireKey { file } => Row::new(key::retire(file, token)?),
        GuestAction::NameThisDisk => {
            return Err(Unrenderable::OnDisksAlone {
                what: "making the boot store name its own disk",
            });
        }
        GuestAction::HoldGroupPolicy => Row::new(group_policy::hold()?)
            .replaces(Former::Opposite(GuestAction::ResumeGroupPolicy)),
        GuestAction::ResumeGroupPolicy => Row::new(group_policy::resume()?),
        GuestAction::RefreshPolicy { .. } => Row::new(group_policy::refresh()),
        GuestAction::Reboot => Row::new(boot::reboot(token)?),
        GuestAction::ArmDeadMansSwitch { minutes, restore } => {
            let lines = restore.iter().map(|action| unwatched(action, token));
            let lines = lines.collect::<Result<Vec<_>, _>>()?.concat();
            Row::new(switch::arm(*minutes, lines, token)?)
                .replaces(Former::Opposite(GuestAction::DisarmDeadMansSwitch))
        }
        GuestAction::DisarmDeadMansSwitch => {
            Row::new(switch::disarm()).replaces(Former::SwitchMarks)
        }
        GuestAction::ClearDeadMansSwitch => Row::new(switch::disarm()),
        GuestAction::RemoveRemains { tokens } => Row::new(remains::remove(tokens)?),
        GuestAction::BootstrapWinrm { sources } => {
            let values = winrm::values();
            let values = values.iter().map(|(key, name, _)| Value::new(key, name, Setting::Winrm));
            Row::new(winrm::bootstrap(sources, token)?).replaces(Former::Winrm(values.collect()))
        }
        // Whoever wants it back is asked as before.
        GuestAction::CloseWinrm => Row::new(winrm::close()),
    })
}

/// One action as lines that need neither waiting nor judgement.
fn unwatched(action: &GuestAction, token: &str) -> Result<Vec<String>, Unrenderable> {
    let row = row(action, token, 0)?;
    match row.unwatched {
        Unwatched::Lines(lines) => Ok(lines),
        Unwatched::Same => {
            let changing = row.commands.into_iter().filter(|command| !command.is_question());
            Ok(changing.map(|command| command.line).collect())
        }
        Unwatched::Never => {
            Err(Unrenderable::Malformed { what: "what the dead man's switch restores" })
        }
    }
}

/// Group policy's own service takes no configuration as others do.
fn start_of(service: &str, start: StartType) -> Result<Vec<NativeCommand>, Unrenderable> {
    if service.eq_ignore_ascii_case("gpsvc") {
        group_policy::set_start(start)
    } else {
        service::set_start(service, start)
    }
}

/// The commands as people read them; for an action that is refused, why.
#[must_use]
pub fn describe(action: &GuestAction) -> Vec<String> {
    match commands(action, "TOKEN") {
        Ok(commands) => commands.iter().map(NativeCommand::readable).collect(),
        Err(refusal) => vec![format!("rem refused: {refusal}")],
    }
}

#[cfg(test)]
mod tests;
