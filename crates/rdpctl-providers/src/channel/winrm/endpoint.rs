//! Where and how a guest's service is spoken to, out of what is declared.

use std::path::PathBuf;

use rdpctl_contract::channel::GuestTarget;
use rdpctl_model::declaration::{PlainHttp, WinrmAuth};

use super::door::{Door, Doors};
use super::failure::Failure;
use crate::channel::why::say;

/// The port of each door.
pub(super) const HTTP: u16 = 5985;
pub(super) const HTTPS: u16 = 5986;

/// Where and how one guest's service is spoken to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Endpoint {
    /// A name or an address, as it stands in a URL.
    pub(super) host: String,
    /// What clients can be shared by; as it is where nothing is to be decided any more.
    pub(super) way: Way,
    /// Which doors may be used.
    pub(super) doors: Doors,
    /// Where a sealed log-on may cross plain HTTP.
    pub(super) plain: PlainHttp,
    /// The certificate that the guest's agent reported in this run, by its SHA-256.
    pub(super) reported: Option<String>,
}

/// All of a way to speak that does not depend on the host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Way {
    pub(super) port: u16,
    pub(super) tls: bool,
    pub(super) log_on: LogOn,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) pin: Option<String>,
}

/// How to log on, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::channel) enum LogOn {
    Ntlm {
        user: String,
        domain: String,
    },
    Basic {
        user: String,
    },
    Certificate {
        certificate: PathBuf,
        key: PathBuf,
    },
    /// By the ticket that the process has; its library is asked, not we.
    Kerberos,
}

impl Endpoint {
    /// Reads a target; what cannot work, or would show a password, is refused here.
    pub(super) fn of(target: &GuestTarget) -> Result<Self, Failure> {
        let declared = &target.access.winrm;
        let unavailable = Failure::Unavailable;
        let unsaid = if declared.demands_tls() {
            Doors::Tls
        } else if declared.tls.is_some() || declared.port.is_some() {
            // A port is one door: the one that TLS was not asked for at.
            Doors::Plain
        } else {
            Doors::Either
        };
        let (host, doors, port) = match (&declared.endpoint, &target.host) {
            (Some(url), _) => {
                let (host, tls, port) =
                    split(url).ok_or_else(|| unavailable(say::bad_endpoint()))?;
                let doors = if tls { Doors::Tls } else { Doors::Plain };
                (host, doors, port.or(declared.port))
            }
            (None, Some(host)) => (host.to_string(), unsaid, declared.port),
            (None, None) => {
                return Err(unavailable(say::no_address_to_dial()));
            }
        };
        let tls = doors == Doors::Tls;
        let log_on = match declared.auth {
            WinrmAuth::Ntlm => {
                let (user, domain) = account(target)?;
                LogOn::Ntlm { user, domain }
            }
            WinrmAuth::Basic if !tls => {
                return Err(unavailable(say::basic_in_clear()));
            }
            WinrmAuth::Basic => {
                LogOn::Basic { user: target.access.user.clone().ok_or_else(no_user)? }
            }
            WinrmAuth::Certificate if !tls => {
                return Err(unavailable(say::certificate_needs_tls()));
            }
            WinrmAuth::Certificate => {
                let (certificate, key) = declared
                    .client_certificate
                    .clone()
                    .ok_or_else(|| unavailable(say::no_client_certificate()))?;
                LogOn::Certificate { certificate, key }
            }
            WinrmAuth::Kerberos if cfg!(feature = "kerberos") => LogOn::Kerberos,
            WinrmAuth::Kerberos => {
                return Err(unavailable(say::no_kerberos()));
            }
        };
        if !tls && (declared.pin_sha256.is_some() || declared.ca_file.is_some()) {
            return Err(unavailable(say::pin_needs_tls()));
        }
        let way = Way {
            port: port.unwrap_or(if tls { HTTPS } else { HTTP }),
            tls,
            log_on,
            ca_file: declared.ca_file.clone(),
            pin: declared.pin_sha256.clone(),
        };
        Ok(Self { host, way, doors, plain: declared.plain, reported: None })
    }

    /// The same where the certificate must be the reported one. What is declared of certificates is never left for it.
    pub(super) fn as_reported(&self) -> Option<Self> {
        let is_declared = self.way.pin.is_some() || self.way.ca_file.is_some();
        let pin = self.reported.clone().filter(|_| !is_declared)?;
        Some(Self { way: Way { pin: Some(pin), ..self.way.clone() }, ..self.clone() })
    }

    /// The same service through one of its doors.
    pub(super) fn through(&self, door: Door) -> Self {
        let tls = door == Door::Tls;
        // Where either door may be used, each is at its usual port.
        let port = match self.doors {
            Doors::Either if tls => HTTPS,
            Doors::Either => HTTP,
            Doors::Tls | Doors::Plain => self.way.port,
        };
        Self { way: Way { port, tls, ..self.way.clone() }, ..self.clone() }
    }

    /// Host and port, which name the service.
    pub(super) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.way.port)
    }
}

impl LogOn {
    /// Whose account it is.
    pub(super) fn who(&self) -> String {
        match self {
            Self::Ntlm { user, domain } if domain.is_empty() => user.clone(),
            Self::Ntlm { user, domain } => format!("{domain}\\{user}"),
            Self::Basic { user } => user.clone(),
            Self::Certificate { certificate, .. } => certificate.display().to_string(),
            Self::Kerberos => "the process's Kerberos ticket".to_owned(),
        }
    }
}

/// Whose account it is that a refusal counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::channel) enum Reach {
    /// Each machine's own.
    Machine,
    /// A domain's, one everywhere.
    Domain,
}

impl LogOn {
    /// For how many machines a refusal of it counts.
    pub(super) fn reach(&self) -> Reach {
        match self {
            Self::Ntlm { user, domain } if domain.is_empty() && !user.contains('@') => {
                Reach::Machine
            }
            Self::Basic { user } if !user.contains(['@', '\\']) => Reach::Machine,
            Self::Ntlm { .. } | Self::Basic { .. } | Self::Certificate { .. } | Self::Kerberos => {
                Reach::Domain
            }
        }
    }
}

fn no_user() -> Failure {
    Failure::Unavailable(say::no_user())
}

/// User and domain out of `user`, `DOMAIN\user` or `user@domain`; the last stays whole, as Windows takes it.
fn account(target: &GuestTarget) -> Result<(String, String), Failure> {
    let user = target.access.user.as_deref().ok_or_else(no_user)?;
    Ok(match user.split_once('\\') {
        // A dot means the machine itself.
        Some((".", user)) => (user.to_owned(), String::new()),
        Some((domain, user)) => (user.to_owned(), domain.to_owned()),
        None => (user.to_owned(), String::new()),
    })
}

/// Host, TLS and port of a URL that names a service.
fn split(url: &str) -> Option<(String, bool, Option<u16>)> {
    let (tls, rest) = match url.split_once("://")? {
        ("http", rest) => (false, rest),
        ("https", rest) => (true, rest),
        _ => return None,
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if !matches!(path.trim_end_matches('/'), "" | "wsman") {
        return None;
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
        Some(_) | None => (authority, None),
    };
    let plain = host.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_'));
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let v6 = bracketed.is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
    (!host.is_empty() && (plain || v6)).then(|| (host.to_owned(), tls, port))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rdpctl_model::declaration::{GuestAccess, Winrm};

    use rdpctl_model::host::Host;

    use super::*;

    fn target(user: &str, winrm: Winrm) -> GuestTarget {
        GuestTarget {
            instance: "web-01".into(),
            id: "ins-1".into(),
            host: Some(Host::of("10.0.0.5")),
            access: Arc::new(GuestAccess {
                user: Some(user.to_owned()),
                winrm,
                ..GuestAccess::default()
            }),
        }
    }

    #[test]
    fn the_default_is_ntlm_over_http_at_its_port() {
        let endpoint = Endpoint::of(&target("CORP\\admin", Winrm::default())).unwrap();
        assert_eq!(endpoint.authority(), "10.0.0.5:5985");
        assert_eq!(
            endpoint.way.log_on,
            LogOn::Ntlm { user: "admin".to_owned(), domain: "CORP".to_owned() }
        );
        let endpoint = Endpoint::of(&target(
            "admin@corp.example",
            Winrm { tls: Some(true), ..Winrm::default() },
        ))
        .unwrap();
        assert_eq!(endpoint.authority(), "10.0.0.5:5986");
        assert_eq!(endpoint.way.log_on.who(), "admin@corp.example");
    }

    #[test]
    fn urls_name_a_service_and_nothing_else() {
        for (url, parts) in [
            ("http://127.0.0.1:5985/wsman", Some(("127.0.0.1", false, Some(5985)))),
            ("https://web-01.corp.example", Some(("web-01.corp.example", true, None))),
            ("https://[::1]:7777/", Some(("[::1]", true, Some(7777)))),
            ("http://[::1]", Some(("[::1]", false, None))),
            ("http://user:pass@host", None),
            ("http://host/other", None),
            ("http://host:port", None),
            ("http://", None),
            ("ftp://host", None),
            ("host", None),
        ] {
            let expected = parts.map(|(host, tls, port)| (host.to_owned(), tls, port));
            assert_eq!(split(url), expected, "{url}");
        }
    }

    #[test]
    fn what_would_show_a_password_or_cannot_work_is_refused_with_its_reason() {
        let reason = |winrm: Winrm| match Endpoint::of(&target("admin", winrm)) {
            Err(Failure::Unavailable(reason)) => rdpctl_words::english(&reason),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            reason(Winrm { tls: Some(false), auth: WinrmAuth::Basic, ..Winrm::default() }),
            "Basic would send the password in clear: it needs tls = true"
        );
        if !cfg!(feature = "kerberos") {
            assert_eq!(
                reason(Winrm { auth: WinrmAuth::Kerberos, ..Winrm::default() }),
                "this build has no Kerberos (build with --features kerberos); NTLM, Basic and client certificates work"
            );
        }
        assert_eq!(
            reason(Winrm {
                tls: Some(false),
                pin_sha256: Some("00".repeat(32)),
                ..Winrm::default()
            }),
            "a pin or a CA file has no meaning without TLS: set tls = true"
        );
    }
}
