//! This process, so that others may find out whether it lives, and others, as they can be seen from here.

use std::fs;

use rdpctl_contract::store::Holder;
use rustix::process::{Pid, test_kill_process};

use super::takeover::Process;

/// This process and its place.
#[derive(Clone, Debug)]
pub struct Here {
    /// As it stands in a lease.
    pub holder: Holder,
    /// Whether the system's list of processes is that of our namespace.
    lists: bool,
}

impl Here {
    /// Looks around.
    #[must_use]
    pub fn look(owner: String, command: String) -> Self {
        let pid = std::process::id();
        let listed = fs::read_link("/proc/self").ok();
        let holder = Holder {
            owner,
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            boot: fs::read_to_string("/proc/sys/kernel/random/boot_id")
                .map(|id| id.trim().to_owned())
                .unwrap_or_default(),
            namespace: fs::read_link("/proc/self/ns/pid")
                .map(|link| link.to_string_lossy().into_owned())
                .unwrap_or_default(),
            pid,
            command,
        };
        Self {
            holder,
            lists: listed.is_some_and(|link| link.as_os_str() == pid.to_string().as_str()),
        }
    }

    /// What can be seen of a holder's process. It means something only in the same namespace.
    #[must_use]
    pub fn process(&self, holder: &Holder) -> Process {
        let Some(pid) = i32::try_from(holder.pid).ok().and_then(Pid::from_raw) else {
            return Process::Unseen;
        };
        // That we may not signal it says that it exists.
        if test_kill_process(pid) == Err(rustix::io::Errno::SRCH) {
            return Process::Gone;
        }
        if self.lists && is_dead(holder.pid) { Process::Gone } else { Process::Lives }
    }
}

/// Whether a process has ended and was only not waited for: in containers nobody does that.
fn is_dead(pid: u32) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The name in parentheses may hold anything, parentheses as well.
    let state = status.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    matches!(state, Some('Z' | 'X' | 'x'))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_that_nobody_waited_for_is_gone() {
        let here = Here::look("ana".to_owned(), "apply".to_owned());
        assert_eq!(here.process(&here.holder), Process::Lives);
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let holder = Holder { pid: child.id(), ..here.holder.clone() };
        assert_eq!(here.process(&holder), Process::Lives);
        // It ends when its input does, and stays a zombie until it is waited for.
        drop(child.stdin.take());
        while here.process(&holder) == Process::Lives {
            std::thread::yield_now();
        }
        assert!(fs::exists(format!("/proc/{}", child.id())).unwrap());
        child.wait().unwrap();
        assert_eq!(here.process(&holder), Process::Gone);
    }
}
