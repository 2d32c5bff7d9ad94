//! The door: under which name we are asked, by whom, and whether he may come in.
//!
//! On this machine alone everybody reads, as files of the declaration are read. Beyond it, and wherever a proxy stands
//! between, whoever reads is signed in. The page grants nothing: tokens are read from the grants file, as often as somebody
//! comes with one, so that what is taken back is taken back at once.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN};
use rdpctl_model::declaration::PageAt;
use rdpctl_model::scope::Scope;
use rdpctl_page::Visitor;
use rdpctl_trust::Grants;
use tokio::time::Instant;

use super::limits::Asker;
use super::sessions::Sessions;
use crate::error::CliError;
use crate::secret_of_page::digest;
use crate::trust::Kept;

/// What a proxy says of a user is cut there, in characters.
const LONGEST: usize = 128;
/// Headers by which proxies show that they stand between.
const BETWEEN: [&str; 5] = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/// How the page is reached, as it was declared and granted last.
pub(crate) type Reached = Arc<Mutex<PageAt>>;

/// The door.
pub(super) struct Door {
    pub(super) reached: Reached,
    pub(super) tokens: Arc<Tokens>,
    pub(super) sessions: Sessions,
    /// Whether we speak TLS ourselves.
    pub(super) is_secure: bool,
}

/// Who stands before it.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// By which origin he reaches us.
    pub(super) origin: String,
    /// Where he comes from, as far as anybody says who is believed.
    pub(super) from: IpAddr,
    /// Whether he sits at this machine, and nobody stands between.
    pub(super) is_here: bool,
    /// Who he is, where he is signed in.
    pub(super) visitor: Option<Visitor>,
    /// Of whom his requests are counted.
    pub(super) asker: Asker,
}

impl Caller {
    /// Whether he may read.
    pub(super) fn may_read(&self) -> bool {
        self.is_here || self.visitor.as_ref().is_some_and(|visitor| visitor.may(Scope::Read))
    }
}

impl Door {
    /// Who comes from an address; nobody where the name under which he asks is none of ours. Another one may stand for
    /// this address in somebody's browser because whoever owns that name says so, and its pages would read ours.
    pub(super) fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> Option<Caller> {
        let peer = peer.to_canonical();
        let reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let reached = if reached.closed.is_some() { PageAt::default() } else { reached };
        let mut hosts = headers.get_all(HOST).iter();
        let host = hosts.next()?.to_str().ok()?.to_ascii_lowercase();
        if hosts.next().is_some() {
            return None;
        }
        let is_proxy = reached.proxies.iter().any(|net| net.contains(&peer));
        let known = reached.url.as_deref().and_then(|url| url.strip_prefix("https://"));
        let by_url = known == Some(host.as_str());
        let by_here = is_loopback(&host) && peer.is_loopback();
        if !by_url && !by_here {
            return None;
        }
        let origin = match (&reached.url, self.is_secure) {
            (Some(url), _) if by_url => url.clone(),
            (_, true) => format!("https://{host}"),
            (_, false) => format!("http://{host}"),
        };
        let between = BETWEEN.iter().any(|name| headers.contains_key(*name));
        let from = if is_proxy { forwarded(headers).unwrap_or(peer) } else { peer };
        let now = Instant::now();
        let kept = cookie(headers, self.cookie_name(&origin));
        let found = kept.and_then(|secret| self.sessions.find(&secret, now));
        let (token, form, asker) = if let Some((key, session)) = found {
            (Some(session.token), session.form, Asker::Session(key))
        } else {
            // A program reads with its token; nothing is changed by that, since it has no form.
            (bearer(headers).map(digest), String::new(), Asker::at(from))
        };
        let user = reached.user_header.as_deref().filter(|_| is_proxy);
        let user = user.and_then(|name| headers.get(name)?.to_str().ok().map(str::to_owned));
        let user = user.filter(|user| !user.is_empty());
        let user = user.map(|user| user.chars().take(LONGEST).collect());
        let visitor = token.and_then(|token| self.tokens.find(&token)).map(|(name, may)| Visitor {
            name,
            user,
            may,
            form,
        });
        let is_here = by_here && !is_proxy && !between;
        Some(Caller { origin, from, is_here, visitor, asker })
    }

    /// By which clock it was declared that times are told.
    pub(super) fn zone(&self) -> Option<String> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner).timezone.clone()
    }

    /// Whether somebody is served without TLS: this machine, and a proxy that is believed.
    pub(super) fn may_speak_plainly(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        let reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let is_open = reached.closed.is_none();
        peer.is_loopback() || (is_open && reached.proxies.iter().any(|net| net.contains(&peer)))
    }

    /// Under which name a browser keeps the session. Where there is TLS, only for this very host.
    fn cookie_name(&self, origin: &str) -> &'static str {
        if self.is_secure || origin.starts_with("https://") { "__Host-rdpctl" } else { "rdpctl" }
    }

    /// Begins a session for whoever has a token that is known; gives the cookie.
    pub(super) fn sign_in(&self, caller: &Caller, token: &str) -> Option<Result<String, CliError>> {
        let hash = digest(token);
        self.tokens.find(&hash)?;
        let name = self.cookie_name(&caller.origin);
        let secret = self.sessions.begin(hash, Instant::now());
        Some(secret.map(|secret| format!("{name}={secret}{}", attributes(name))))
    }

    /// Ends a session; gives the cookie that ends it in the browser.
    pub(super) fn sign_out(&self, caller: &Caller, headers: &HeaderMap) -> String {
        let name = self.cookie_name(&caller.origin);
        if let Some(secret) = cookie(headers, name) {
            self.sessions.end(&secret);
        }
        format!("{name}=; Max-Age=0{}", attributes(name))
    }
}

/// Whether a form comes from a page of ours.
pub(super) fn is_ours(caller: &Caller, headers: &HeaderMap) -> bool {
    let says = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = says(HeaderName::from_static("sec-fetch-site"));
    says(ORIGIN) == Some(caller.origin.as_str()) && site.is_none_or(|site| site == "same-origin")
}

fn attributes(name: &str) -> &'static str {
    if name.starts_with("__Host-") {
        "; Path=/; Secure; HttpOnly; SameSite=Strict"
    } else {
        "; Path=/; HttpOnly; SameSite=Strict"
    }
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The last address that a chain of proxies names: the one that the proxy that we believe saw itself.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let all = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    all.rsplit(',').next()?.trim().parse().ok()
}

fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted).then(|| value.to_owned())
    })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

/// The tokens of the grants file, read anew whenever it is another one.
pub(crate) struct Tokens {
    named: Option<PathBuf>,
    trees: Vec<PathBuf>,
    read: Mutex<Option<Read>>,
}

struct Read {
    at: PathBuf,
    stamp: Option<(SystemTime, u64)>,
    grants: Grants,
}

impl Tokens {
    pub(crate) const fn new(named: Option<PathBuf>, trees: Vec<PathBuf>) -> Self {
        Self { named, trees, read: Mutex::new(None) }
    }

    /// Whose token has this hash, and what he may.
    fn find(&self, hash: &str) -> Option<(String, Vec<Scope>)> {
        self.with(|grants| {
            grants.token(hash).map(|token| (token.name().to_owned(), token.may().to_vec()))
        })?
    }

    /// Whose there are, and what each may do.
    pub(super) fn all(&self) -> Vec<(String, Vec<Scope>)> {
        let one = |token: &rdpctl_trust::Token| (token.name().to_owned(), token.may().to_vec());
        self.with(|grants| grants.tokens().iter().map(one).collect()).unwrap_or_default()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.with(|grants| grants.tokens().len()).unwrap_or(0)
    }

    /// What does not serve as a grants file grants nothing.
    fn with<T>(&self, look: impl FnOnce(&Grants) -> T) -> Option<T> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh =
            read.as_ref().is_some_and(|read| read.stamp.is_some() && read.stamp == stamp(&read.at));
        if !fresh {
            *read = None;
            let kept = Kept::read(self.named.as_deref(), &self.trees).ok()?;
            let stamp = stamp(&kept.path);
            *read = Some(Read { at: kept.path, stamp, grants: kept.grants });
        }
        read.as_ref().map(|read| look(&read.grants))
    }
}

fn stamp(path: &std::path::Path) -> Option<(SystemTime, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.ino()))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn door(reached: PageAt) -> Door {
        Door {
            reached: Arc::new(Mutex::new(reached)),
            tokens: Arc::new(Tokens::new(Some("/nowhere".into()), Vec::new())),
            sessions: Sessions::default(),
            is_secure: false,
        }
    }

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let one = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        all.iter().map(one).collect()
    }

    fn reached() -> PageAt {
        PageAt {
            url: Some("https://rdp.example.com".to_owned()),
            proxies: vec!["10.0.0.5/32".parse().unwrap()],
            user_header: Some("x-forwarded-user".to_owned()),
            ..PageAt::default()
        }
    }

    #[test]
    fn only_names_of_this_machine_and_the_granted_one_are_answered() {
        let alone = door(PageAt::default());
        for ours in ["localhost:8080", "127.0.0.1:1", "[::1]:8080", "127.9.9.9"] {
            let caller = alone.caller(HERE, &headers(&[("host", ours)])).unwrap();
            assert!(caller.may_read(), "{ours}");
            assert_eq!(caller.origin, format!("http://{ours}"));
        }
        for other in ["evil.example:8080", "localhost.evil.example", "10.0.0.1", ""] {
            assert!(alone.caller(HERE, &headers(&[("host", other)])).is_none(), "{other}");
        }
        assert!(alone.caller(HERE, &HeaderMap::new()).is_none());
        let mut two = headers(&[("host", "localhost")]);
        two.append(HOST, HeaderValue::from_static("evil.example"));
        assert!(alone.caller(HERE, &two).is_none());
        // From elsewhere the names of this machine are somebody's trick.
        let far = "203.0.113.9".parse().unwrap();
        let granted = door(reached());
        assert!(granted.caller(far, &headers(&[("host", "localhost:8080")])).is_none());
        let caller = granted.caller(far, &headers(&[("host", "RDP.example.com")])).unwrap();
        assert_eq!(caller.origin, "https://rdp.example.com");
        assert!(!caller.may_read());
        // What was declared and not granted is no name.
        let closed = Some(rdpctl_model::Gap::NotSurveyed);
        let shut = door(PageAt { closed, ..reached() });
        assert!(shut.caller(HERE, &headers(&[("host", "rdp.example.com")])).is_none());
    }

    #[test]
    fn who_comes_through_a_proxy_is_not_here_whatever_name_it_uses() {
        let alone = door(PageAt::default());
        for between in BETWEEN {
            let asked = headers(&[("host", "127.0.0.1:8080"), (between, "203.0.113.9")]);
            assert!(!alone.caller(HERE, &asked).unwrap().may_read(), "{between}");
        }
        let own = PageAt { proxies: vec!["127.0.0.1/32".parse().unwrap()], ..reached() };
        let asked = headers(&[("host", "127.0.0.1:8080")]);
        assert!(!door(own).caller(HERE, &asked).unwrap().may_read());
    }

    #[test]
    fn an_address_is_believed_of_a_declared_proxy_alone_and_the_last_of_a_chain() {
        let granted = door(reached());
        let asked =
            headers(&[("host", "rdp.example.com"), ("x-forwarded-for", "1.1.1.1, 203.0.113.7")]);
        let by_proxy = granted.caller("10.0.0.5".parse().unwrap(), &asked).unwrap();
        assert_eq!(by_proxy.from.to_string(), "203.0.113.7");
        let by_himself = granted.caller("203.0.113.9".parse().unwrap(), &asked).unwrap();
        assert_eq!(by_himself.from.to_string(), "203.0.113.9");
    }

    #[test]
    fn a_form_comes_from_our_own_origin_or_from_nowhere() {
        let caller =
            door(PageAt::default()).caller(HERE, &headers(&[("host", "localhost:8080")])).unwrap();
        assert!(is_ours(&caller, &headers(&[("origin", "http://localhost:8080")])));
        for forged in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "http://localhost:8081")],
            &[("origin", "https://localhost:8080")],
            &[("origin", "http://evil.example")],
            &[("origin", "http://localhost:8080"), ("sec-fetch-site", "cross-site")],
        ] {
            assert!(!is_ours(&caller, &headers(forged)), "{forged:?}");
        }
    }
}
