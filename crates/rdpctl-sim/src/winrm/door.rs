//! The WinRM doors of a simulated world, at its guests' public addresses and Windows' own ports.
//!
//! The public addresses of a world lie in the loopback range; where one is bound to a VM, its doors are. A connection
//! gets through when the packet would (address, bandwidth, security groups, power, the guest's firewall) and the
//! guest's own service listens. Lines run in the guest, in simulated time.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::guest::{Caller, Command, Ctx, HUNG, Identity, User, WinrmFace};
use crate::shared::Shared;
use crate::world::VmIndex;

use super::accepts::Accepts;
use super::endpoint::{Endpoint, Host, Server};
use super::machine::{Call, LogOn, Machine, Ran};
use super::tls::{Authority, TlsError, Validity};
use crate::ntlm::Binding;

/// Where our clients are, as the guests and the cloud see them.
const CALLER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
/// Doors are kept for so many VMs of a world at most: each takes files.
const VMS: u32 = 1_024;
/// How soon a newly bound address has its doors.
const LOOK: Duration = Duration::from_millis(50);
/// Windows' ports for WinRM.
const HTTP: u16 = 5985;
const HTTPS: u16 = 5986;

/// Keeps a world's WinRM doors at its addresses.
#[derive(Debug)]
pub(crate) struct Doors {
    authority: String,
    stop: CancellationToken,
    keeper: JoinHandle<()>,
}

impl Doors {
    /// Opens the doors that are due and keeps them so until `stop`.
    pub(crate) async fn open(shared: Shared, stop: CancellationToken) -> Result<Self, TlsError> {
        let authority = Authority::new()?;
        let pem = authority.pem().to_owned();
        let mut kept = Kept {
            shared,
            server: Server::new(),
            authority,
            open: BTreeMap::new(),
            generation: None,
        };
        kept.arrange().await;
        let ending = stop.clone();
        let keeper = tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = ending.cancelled() => break,
                    () = tokio::time::sleep(LOOK) => kept.arrange().await,
                }
            }
        });
        Ok(Self { authority: pem, stop, keeper })
    }

    /// The certificate to trust for HTTPS, as PEM.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Where a VM with this address is met.
    pub(crate) fn url(address: Ipv4Addr) -> String {
        format!("http://{address}:{HTTP}/wsman")
    }

    /// Closes all doors.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        if let Err(error) = self.keeper.await {
            tracing::error!(%error, "the keeper of the WinRM doors ended early");
        }
    }
}

/// Where a door is, and the certificate that its guest shows there.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    address: Ipv4Addr,
    shows: Option<Identity>,
}

struct Kept {
    shared: Shared,
    server: Server,
    authority: Authority,
    /// The open doors by VM and port.
    open: BTreeMap<(VmIndex, u16), (Place, Host)>,
    /// How often the world had changed when it was last looked at.
    generation: Option<u64>,
}

impl Kept {
    /// Brings the doors to where the addresses are.
    async fn arrange(&mut self) {
        let Some(due) = self.due() else { return };
        self.open.retain(|door, (place, host)| {
            let stays = due.get(door) == Some(place);
            if !stays {
                host.close();
            }
            stays
        });
        for ((vm, port), place) in due {
            if self.open.contains_key(&(vm, port)) {
                continue;
            }
            let address = place.address;
            match self.unlock(vm, port, &place).await {
                Ok(host) => {
                    let mut core = self.shared.lock();
                    for (_, fault) in core.estate.world.winrm_faults.iter().filter(|it| it.0 == vm)
                    {
                        host.inject(fault.clone());
                    }
                    core.winrm.0.insert((vm, port), host.clone());
                    drop(core);
                    self.open.insert((vm, port), (place, host));
                }
                Err(error) => {
                    tracing::warn!(%address, port, error = %error, "a simulated WinRM port cannot be opened");
                }
            }
        }
    }

    /// Which doors there must be; nothing when nothing has changed.
    fn due(&mut self) -> Option<BTreeMap<(VmIndex, u16), Place>> {
        let mut core = self.shared.lock();
        core.estate.advance();
        let now = core.estate.generation();
        if self.generation.replace(now) == Some(now) {
            return None;
        }
        let mut due = BTreeMap::new();
        for vm in (0..core.estate.world.vm_count().min(VMS)).map(VmIndex) {
            let Some(address) = core.estate.public_address(vm).filter(Ipv4Addr::is_loopback) else {
                continue;
            };
            due.insert((vm, HTTP), Place { address, shows: None });
            // Few guests have an HTTPS listener: the template says so, or what was done to the guest.
            let seen = self.open.contains_key(&(vm, HTTP));
            let touched = core.estate.vm(vm).guest.is_some();
            let shows = if seen && !touched {
                self.open.get(&(vm, HTTPS)).map(|(place, _)| place.shows.clone())
            } else {
                let face = core.estate.with_guest(vm, |guest, at| guest.winrm_face(at));
                face.filter(|face| face.https.is_some()).map(|face| face.shows)
            };
            if let Some(shows) = shows {
                due.insert((vm, HTTPS), Place { address, shows });
            }
        }
        Some(due)
    }

    async fn unlock(
        &self,
        vm: VmIndex,
        port: u16,
        place: &Place,
    ) -> Result<Host, Box<dyn std::error::Error + Send + Sync>> {
        let name = self.shared.lock().estate.world.vm_name(vm);
        let secure = port == HTTPS;
        let Place { address, shows } = place;
        let address = *address;
        let stock = Endpoint { address: IpAddr::V4(address), port, ..Endpoint::stock(&name) };
        let endpoint = if secure {
            let tls = if let Some(Identity { certificate, key }) = shows {
                let (certificate, key) = (certificate.to_vec().into(), key.clone().into());
                self.authority.show(certificate, key, Binding::Relaxed)?
            } else {
                let names = [&*name, &address.to_string()];
                self.authority.issue(&names, Validity::Good, Binding::Relaxed)?
            };
            Endpoint { tls: Some(tls), ..stock }
        } else {
            stock
        };
        Ok(self
            .server
            .open(endpoint, Arc::new(Door { shared: self.shared.clone(), vm, secure }))
            .await?)
    }
}

/// One guest behind one endpoint.
struct Door {
    shared: Shared,
    vm: VmIndex,
    secure: bool,
}

impl Machine for Door {
    fn run(&self, call: &Call<'_>) -> Ran {
        let mut core = self.shared.lock();
        core.estate.advance();
        let line =
            if call.skip_cmd { call.line.to_owned() } else { format!("cmd /c \"{}\"", call.line) };
        let user = User::Named(account(call.user).to_owned());
        let circumstances = |now| Ctx { user, code_page: call.code_page, ..Ctx::system(now) };
        let output = core.estate.run_as(self.vm, &Command::Line(line), circumstances);
        let took = if output.took >= HUNG {
            Duration::MAX
        } else {
            let clock = &core.estate.clock;
            clock.real_until(clock.end_of(clock.now(), output.took))
        };
        if let Err(error) = core.record() {
            tracing::error!(%error, "what was done to the simulated world is not kept");
        }
        Ran { stdout: output.stdout, stderr: output.stderr, exit: output.exit, took }
    }

    fn log_on(&self, by: LogOn<'_>, proves: &dyn Fn(&str) -> bool) -> bool {
        let LogOn { user, domain, workstation } = by;
        let address = CALLER.to_string();
        let caller = Caller { user, domain, workstation, address: &address };
        let mut core = self.shared.lock();
        core.estate.advance();
        let outcome =
            core.estate.with_guest(self.vm, |guest, now| guest.log_on(caller, proves, now));
        if let Err(error) = core.record() {
            tracing::error!(%error, "who logged on to the simulated world is not kept");
        }
        outcome.is_ok()
    }

    fn password(&self, _: &str) -> Option<String> {
        // Whoever knows it is asked by `log_on`, which counts.
        None
    }

    fn lets_in(&self, offered: Accepts) -> Option<Accepts> {
        let face = self.face()?;
        let (port, listens) = if self.secure { (HTTPS, face.https?) } else { (HTTP, face.http?) };
        if port != listens {
            return None;
        }
        let mut core = self.shared.lock();
        core.estate.path_to(self.vm, port, CALLER).ok()?;
        Some(Accepts { basic: face.basic, clear_text: face.allow_unencrypted, ..offered })
    }

    fn boot(&self) -> Option<u64> {
        let mut core = self.shared.lock();
        core.estate.advance();
        if !core.estate.vm(self.vm).power.is_on() {
            return None;
        }
        core.estate.with_guest(self.vm, |guest, _| guest.booted_at())
    }

    fn admits(&self, user: &str) -> bool {
        // The built-in administrator keeps all rights over the network; others only where the policy says so.
        account(user).eq_ignore_ascii_case("Administrator")
            || self.face().is_some_and(|face| face.local_account_tokens)
    }
}

impl Door {
    fn face(&self) -> Option<WinrmFace> {
        let mut core = self.shared.lock();
        core.estate.advance();
        core.estate.with_guest(self.vm, |guest, now| guest.winrm_face(now))
    }
}

/// The local part of a user name.
fn account(user: &str) -> &str {
    user.rsplit('\\').next().unwrap_or(user)
}
