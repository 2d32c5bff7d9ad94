//! Which server, as whom, and how it is proved to be the one that is meant: what was said, then the service, then the
//! environment, then what libpq takes where nobody says anything.
//!
//! Stricter than libpq in one thing: nothing leaves this machine in the clear, and whoever answers from elsewhere is
//! verified. `require` therefore verifies the authority, and `prefer` and `allow` are refused there.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, SslMode, SslNegotiation, TargetSessionAttrs};

use super::files;
use super::keywords::{Keyword, Wrong};
use super::tls::{Proof, Tls};
use super::url::{self, Said};

/// The schema where nobody names one.
const SCHEMA: &str = "rdpctl";
/// Where Debian's server listens, and where others' do.
const SOCKETS: [&str; 2] = ["/var/run/postgresql", "/tmp"];
/// How long connecting may take where nobody says how long.
const CONNECT: Duration = Duration::from_secs(10);

/// A server, ready to be connected to.
pub(crate) struct Server {
    pub(crate) config: Config,
    pub(crate) tls: Option<Tls>,
    pub(crate) schema: String,
}

/// Finds out which server a URL means.
pub(crate) fn meant(
    url: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Server, Wrong> {
    let mut said = url::read(url)?;
    let home = environment("HOME").map(PathBuf::from);
    let service = said.get(&Keyword::Service).cloned().or_else(|| environment("PGSERVICE"));
    if let Some(name) = service {
        add(&mut said, of_service(&name, home.as_deref(), environment)?);
    }
    let from_environment = Keyword::all().filter(|(_, variable)| !variable.is_empty());
    let of_environment = from_environment
        .filter_map(|(keyword, variable)| Some((keyword, environment(variable)?)))
        .filter(|(_, value)| !value.is_empty());
    // A host that the URL names goes with the port that it names, or with the usual one.
    let has_host = said.contains_key(&Keyword::Host) || said.contains_key(&Keyword::HostAddress);
    let of_place = [Keyword::Host, Keyword::HostAddress, Keyword::Port];
    let of_environment =
        of_environment.filter(|(keyword, _)| !has_host || !of_place.contains(keyword));
    let of_environment: Said = of_environment.collect();
    add(&mut said, of_environment);
    server(&said, home.as_deref(), environment)
}

/// What was not said is what `more` says.
fn add(said: &mut Said, more: Said) {
    for (keyword, value) in more {
        said.entry(keyword).or_insert(value);
    }
}

fn of_service(
    name: &str,
    home: Option<&Path>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Said, Wrong> {
    let named = environment("PGSERVICEFILE").map(PathBuf::from);
    let own = named.or_else(|| Some(home?.join(".pg_service.conf")));
    let of_all = environment("PGSYSCONFDIR").unwrap_or_else(|| "/etc/postgresql-common".to_owned());
    for file in own.into_iter().chain([Path::new(&of_all).join("pg_service.conf")]) {
        if let Some(said) = files::service(&file, name)? {
            return Ok(said);
        }
    }
    let why = "no file of services names it";
    Err(Wrong::Value { name: "service", value: name.to_owned(), why })
}

fn server(
    said: &Said,
    home: Option<&Path>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Server, Wrong> {
    let text = |keyword: Keyword| said.get(&keyword).map(String::as_str);
    let mut config = Config::new();
    let user = text(Keyword::User).map(str::to_owned).or_else(|| environment("USER"));
    let user = user.ok_or(Wrong::Missing { what: "as which user: user=NAME, PGUSER" })?;
    let database = text(Keyword::Database).unwrap_or(&user);
    config.user(&user).dbname(database);
    let (hosts, ports) = hosts(said)?;
    for (host, port) in hosts.iter().zip(&ports) {
        config.host(host).port(*port);
    }
    for address in list(text(Keyword::HostAddress)) {
        config.hostaddr(parsed(Keyword::HostAddress, address, "it is no address")?);
    }
    config.application_name(text(Keyword::ApplicationName).unwrap_or("rdpctl"));
    if let Some(options) = text(Keyword::Options) {
        config.options(options);
    }
    times(&mut config, said)?;
    choices(&mut config, said)?;
    let password = match text(Keyword::Password) {
        Some(password) => Some(password.to_owned()),
        None => of_file(said, home, [&hosts[0], &ports[0].to_string(), database, &user])?,
    };
    if let Some(password) = password {
        config.password(password);
    }
    let tls = tls(&mut config, said, home, &hosts)?;
    let schema = text(Keyword::Schema).unwrap_or(SCHEMA).to_owned();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins = schema.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if !begins || !schema.chars().all(plain) || schema.len() > 63 || schema.starts_with("pg_") {
        let why = "a schema is a lowercase word of letters, digits and `_`";
        return Err(Wrong::Value { name: "schema", value: schema, why });
    }
    Ok(Server { config, tls, schema })
}

/// The hosts, and a port for each.
fn hosts(said: &Said) -> Result<(Vec<String>, Vec<u16>), Wrong> {
    let text = |keyword: Keyword| said.get(&keyword).map(String::as_str);
    let mut hosts: Vec<String> = list(text(Keyword::Host)).map(str::to_owned).collect();
    if hosts.is_empty() {
        hosts = list(text(Keyword::HostAddress)).map(str::to_owned).collect();
    }
    if hosts.is_empty() {
        let socket = SOCKETS.iter().find(|folder| Path::new(folder).join(".s.PGSQL.5432").exists());
        hosts.push((*socket.unwrap_or(&"localhost")).to_owned());
    }
    let usual = || vec![5432; hosts.len()];
    let ports = match text(Keyword::Port) {
        None => usual(),
        Some(text) => text
            .split(',')
            .map(|port| match port {
                "" => Ok(5432),
                port => parsed(Keyword::Port, port, "it is no port"),
            })
            .collect::<Result<Vec<u16>, _>>()?,
    };
    match (ports.len(), hosts.len()) {
        (1, several) => Ok((hosts, vec![ports[0]; several])),
        (ports_said, several) if ports_said == several => Ok((hosts, ports)),
        _ => Err(Wrong::Url { what: "there are not as many ports as hosts" }),
    }
}

fn list(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default().split(',').filter(|item| !item.is_empty())
}

fn times(config: &mut Config, said: &Said) -> Result<(), Wrong> {
    let seconds = |keyword: Keyword| -> Result<Option<Duration>, Wrong> {
        let Some(text) = said.get(&keyword) else { return Ok(None) };
        parsed(keyword, text, "it is no number of seconds").map(|it| Some(Duration::from_secs(it)))
    };
    let connect = seconds(Keyword::ConnectTimeout)?.filter(|time| !time.is_zero());
    config.connect_timeout(connect.unwrap_or(CONNECT));
    if let Some(idle) = seconds(Keyword::KeepalivesIdle)? {
        config.keepalives_idle(idle);
    }
    if let Some(interval) = seconds(Keyword::KeepalivesInterval)? {
        config.keepalives_interval(interval);
    }
    if let Some(text) = said.get(&Keyword::KeepalivesCount) {
        config.keepalives_retries(parsed(Keyword::KeepalivesCount, text, "it is no number")?);
    }
    if let Some(text) = said.get(&Keyword::TcpUserTimeout) {
        let milliseconds =
            parsed(Keyword::TcpUserTimeout, text, "it is no number of milliseconds")?;
        config.tcp_user_timeout(Duration::from_millis(milliseconds));
    }
    Ok(())
}

fn choices(config: &mut Config, said: &Said) -> Result<(), Wrong> {
    let choose = |keyword: Keyword, options: &[&str]| -> Result<Option<usize>, Wrong> {
        let Some(text) = said.get(&keyword) else { return Ok(None) };
        match options.iter().position(|option| option == text) {
            Some(place) => Ok(Some(place)),
            None => Err(wrong(keyword, text, "that is none of its values")),
        }
    };
    if let Some(place) = choose(Keyword::Keepalives, &["0", "1"])? {
        config.keepalives(place == 1);
    }
    if let Some(place) = choose(Keyword::ChannelBinding, &["disable", "prefer", "require"])? {
        let all = [ChannelBinding::Disable, ChannelBinding::Prefer, ChannelBinding::Require];
        config.channel_binding(all[place]);
    }
    if let Some(place) = choose(Keyword::SslNegotiation, &["postgres", "direct"])? {
        config.ssl_negotiation([SslNegotiation::Postgres, SslNegotiation::Direct][place]);
    }
    // Whoever writes needs a server that may be written to, whatever it is asked for.
    let target = choose(Keyword::TargetSession, &["any", "read-write", "primary"])?;
    config.target_session_attrs(match target {
        Some(0) => TargetSessionAttrs::Any,
        Some(_) | None => TargetSessionAttrs::ReadWrite,
    });
    Ok(())
}

fn of_file(
    said: &Said,
    home: Option<&Path>,
    [host, port, database, user]: [&str; 4],
) -> Result<Option<String>, Wrong> {
    let named = said.get(&Keyword::PasswordFile).map(PathBuf::from);
    let Some(file) = named.or_else(|| Some(home?.join(".pgpass"))) else { return Ok(None) };
    let usual = SOCKETS.contains(&host) || host.is_empty();
    files::password(&file, [if usual { "localhost" } else { host }, port, database, user])
}

/// How the servers are spoken to: through a socket and on this machine in the clear, else by TLS and verified.
fn tls(
    config: &mut Config,
    said: &Said,
    home: Option<&Path>,
    hosts: &[String],
) -> Result<Option<Tls>, Wrong> {
    let addresses = list(said.get(&Keyword::HostAddress).map(String::as_str));
    let away = addresses.chain(hosts.iter().map(String::as_str)).find(|host| !is_here(host));
    let is_socket = hosts.iter().all(|host| host.starts_with('/'));
    let mode = said.get(&Keyword::SslMode).map(String::as_str).filter(|_| !is_socket);
    let proof = proof(mode, away)?;
    let Some(proof) = proof else {
        config.ssl_mode(SslMode::Disable);
        return Ok(None);
    };
    config.ssl_mode(SslMode::Require);
    let in_home = |name: &str| {
        let file = home?.join(".postgresql").join(name);
        file.exists().then_some(file)
    };
    let file = |keyword: Keyword, name: &str| {
        said.get(&keyword).map(PathBuf::from).or_else(|| in_home(name))
    };
    let roots = file(Keyword::SslRootCertificate, "root.crt");
    let roots = roots.filter(|file| file != Path::new("system"));
    let own = match (
        file(Keyword::SslCertificate, "postgresql.crt"),
        file(Keyword::SslKey, "postgresql.key"),
    ) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (Some(_), None) => {
            return Err(Wrong::Missing { what: "where the certificate's key is: sslkey" });
        }
        (None, _) => None,
    };
    Tls::new(proof, roots.as_deref(), own).map(Some)
}

/// What a certificate must prove, by the mode that somebody said, and by the first host that is not this machine.
fn proof(mode: Option<&str>, away: Option<&str>) -> Result<Option<Proof>, Wrong> {
    match (mode, away) {
        (Some("disable" | "allow" | "prefer") | None, None) => Ok(None),
        (Some(mode @ ("disable" | "allow" | "prefer")), Some(host)) => {
            Err(Wrong::Clear { mode: mode.to_owned(), host: host.to_owned() })
        }
        (Some("require" | "verify-ca"), _) => Ok(Some(Proof::Authority)),
        (Some("verify-full"), _) | (None, Some(_)) => Ok(Some(Proof::Name)),
        (Some(other), _) => Err(wrong(Keyword::SslMode, other, "that is none of its values")),
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    host.starts_with('/')
        || host == "localhost"
        || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn parsed<T: std::str::FromStr>(
    keyword: Keyword,
    text: &str,
    why: &'static str,
) -> Result<T, Wrong> {
    text.parse().map_err(|_| wrong(keyword, text, why))
}

fn wrong(keyword: Keyword, value: &str, why: &'static str) -> Wrong {
    Wrong::Value { name: keyword.name(), value: value.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is meant by a URL, with these variables.
    fn told(url: &str, variables: &[(&str, &str)]) -> String {
        let environment = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned()).or_else(|| match name {
                "USER" => Some("ana".to_owned()),
                _ => None,
            })
        };
        match meant(url, &environment) {
            Ok(Server { config, tls, schema }) => {
                let hosts: Vec<String> =
                    config.get_hosts().iter().map(|host| format!("{host:?}")).collect();
                format!(
                    "{} {:?} {}/{} {schema} {}{}",
                    hosts.join(","),
                    config.get_ports(),
                    config.get_user().unwrap_or_default(),
                    config.get_dbname().unwrap_or_default(),
                    if tls.is_some() { "tls" } else { "clear" },
                    if config.get_password().is_some() { " password" } else { "" },
                )
            }
            Err(wrong) => wrong.to_string(),
        }
    }

    #[test]
    fn what_nobody_says_is_what_libpq_takes() {
        let said = |url: &str| told(url, &[]);
        assert_eq!(said("postgres://db/state"), "Tcp(\"db\") [5432] ana/state rdpctl tls");
        assert_eq!(said("postgres://127.0.0.1"), "Tcp(\"127.0.0.1\") [5432] ana/ana rdpctl clear");
        assert_eq!(
            said("postgres:///x?host=/run/pg&schema=team_b"),
            "Unix(\"/run/pg\") [5432] ana/x team_b clear"
        );
        assert_eq!(
            said("postgres://a:1,b:2/x?sslmode=verify-ca"),
            "Tcp(\"a\"),Tcp(\"b\") [1, 2] ana/x rdpctl tls"
        );
    }

    #[test]
    fn the_environment_says_what_the_url_leaves_open() {
        let variables =
            [("PGHOST", "db"), ("PGPORT", "6432"), ("PGUSER", "ben"), ("PGPASSWORD", "secret")];
        assert_eq!(
            told("postgres:///state", &variables),
            "Tcp(\"db\") [6432] ben/state rdpctl tls password"
        );
        assert_eq!(
            told("postgres://cem@other/state", &variables),
            "Tcp(\"other\") [5432] cem/state rdpctl tls password"
        );
    }

    #[test]
    fn what_a_certificate_must_prove_is_what_the_mode_says() {
        let cases = [
            (None, None, None),
            (Some("prefer"), None, None),
            (None, Some("db"), Some(Proof::Name)),
            (Some("require"), Some("db"), Some(Proof::Authority)),
            (Some("verify-ca"), None, Some(Proof::Authority)),
            (Some("verify-full"), None, Some(Proof::Name)),
        ];
        for (mode, away, proved) in cases {
            assert_eq!(proof(mode, away).unwrap(), proved, "{mode:?} {away:?}");
        }
    }

    #[test]
    fn nothing_leaves_this_machine_in_the_clear() {
        for mode in ["disable", "allow", "prefer"] {
            let said = told(&format!("postgres://db/x?sslmode={mode}"), &[]);
            assert!(said.contains("would send the state to db in the clear"), "{said}");
            let said = told("postgres://localhost/x?hostaddr=192.0.2.1", &[("PGSSLMODE", mode)]);
            assert!(said.contains("would send the state to 192.0.2.1 in the clear"), "{said}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_name() {
        let cases = [
            ("?sslmode=maybe", "`sslmode` cannot be `maybe`: that is none of its values"),
            ("?port=x", "`port` cannot be `x`: it is no port"),
            (
                "?connect_timeout=soon",
                "`connect_timeout` cannot be `soon`: it is no number of seconds",
            ),
            (
                "?schema=Team",
                "`schema` cannot be `Team`: a schema is a lowercase word of letters, digits and `_`",
            ),
            (
                "?schema=pg_x",
                "`schema` cannot be `pg_x`: a schema is a lowercase word of letters, digits and `_`",
            ),
            ("?sslrootcert=/nowhere.pem", "/nowhere.pem: No such file or directory (os error 2)"),
        ];
        for (query, said) in cases {
            assert_eq!(told(&format!("postgres://db/x{query}"), &[]), said, "{query}");
        }
    }
}
