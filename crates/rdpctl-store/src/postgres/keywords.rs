//! What can be said about a connection, under libpq's names, and why something that was said cannot be done.

/// A keyword of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keyword {
    Host,
    HostAddress,
    Port,
    Database,
    User,
    Password,
    PasswordFile,
    Service,
    SslMode,
    SslRootCertificate,
    SslCertificate,
    SslKey,
    SslNegotiation,
    ChannelBinding,
    ApplicationName,
    ConnectTimeout,
    Options,
    TargetSession,
    Keepalives,
    KeepalivesIdle,
    KeepalivesInterval,
    KeepalivesCount,
    TcpUserTimeout,
    /// Ours: libpq has none, and several states may lie in one database.
    Schema,
}

/// Keyword, name, and the variable of the environment that says it where nothing else does.
const TABLE: [(Keyword, &str, &str); 24] = [
    (Keyword::Host, "host", "PGHOST"),
    (Keyword::HostAddress, "hostaddr", "PGHOSTADDR"),
    (Keyword::Port, "port", "PGPORT"),
    (Keyword::Database, "dbname", "PGDATABASE"),
    (Keyword::User, "user", "PGUSER"),
    (Keyword::Password, "password", "PGPASSWORD"),
    (Keyword::PasswordFile, "passfile", "PGPASSFILE"),
    (Keyword::Service, "service", "PGSERVICE"),
    (Keyword::SslMode, "sslmode", "PGSSLMODE"),
    (Keyword::SslRootCertificate, "sslrootcert", "PGSSLROOTCERT"),
    (Keyword::SslCertificate, "sslcert", "PGSSLCERT"),
    (Keyword::SslKey, "sslkey", "PGSSLKEY"),
    (Keyword::SslNegotiation, "sslnegotiation", "PGSSLNEGOTIATION"),
    (Keyword::ChannelBinding, "channel_binding", "PGCHANNELBINDING"),
    (Keyword::ApplicationName, "application_name", "PGAPPNAME"),
    (Keyword::ConnectTimeout, "connect_timeout", "PGCONNECT_TIMEOUT"),
    (Keyword::Options, "options", "PGOPTIONS"),
    (Keyword::TargetSession, "target_session_attrs", "PGTARGETSESSIONATTRS"),
    (Keyword::Keepalives, "keepalives", ""),
    (Keyword::KeepalivesIdle, "keepalives_idle", ""),
    (Keyword::KeepalivesInterval, "keepalives_interval", ""),
    (Keyword::KeepalivesCount, "keepalives_count", ""),
    (Keyword::TcpUserTimeout, "tcp_user_timeout", ""),
    (Keyword::Schema, "schema", ""),
];

/// What libpq knows and rdpctl does not do, and why.
const REFUSED: [(&str, &str); 16] = [
    ("sslcrl", "lists of revoked certificates are not read"),
    ("sslcrldir", "lists of revoked certificates are not read"),
    ("sslpassword", "a key behind a password is not opened"),
    ("requiressl", "say sslmode"),
    ("sslcompression", "TLS does not compress"),
    ("sslsni", "the name is always said"),
    ("sslcertmode", "a certificate is shown where one is named"),
    ("ssl_min_protocol_version", "TLS 1.2 and 1.3 are spoken"),
    ("ssl_max_protocol_version", "TLS 1.2 and 1.3 are spoken"),
    ("require_auth", "say channel_binding=require"),
    ("requirepeer", "who listens on a socket is not asked"),
    ("krbsrvname", "there is no Kerberos here"),
    ("gsslib", "there is no Kerberos here"),
    ("gssencmode", "there is no Kerberos here"),
    ("replication", "nothing is replicated"),
    ("load_balance_hosts", "hosts are tried in their order"),
];

impl Keyword {
    /// All of them, each with the variable that says it where nothing else does.
    pub(crate) fn all() -> impl Iterator<Item = (Self, &'static str)> {
        TABLE.into_iter().map(|(keyword, _, variable)| (keyword, variable))
    }

    /// As libpq calls it.
    pub(crate) fn name(self) -> &'static str {
        TABLE.iter().find(|(keyword, ..)| *keyword == self).map_or("", |(_, name, _)| name)
    }

    /// The keyword of that name.
    pub(crate) fn parse(name: &str) -> Result<Self, Wrong> {
        if let Some((keyword, ..)) = TABLE.iter().find(|(_, known, _)| *known == name) {
            return Ok(*keyword);
        }
        let name = name.to_owned();
        Err(match REFUSED.iter().find(|(known, _)| *known == name) {
            Some((_, why)) => Wrong::Refused { name, why },
            None => Wrong::Unknown { name },
        })
    }
}

/// Why nothing can be connected to as somebody said.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Wrong {
    /// It is not a URL of that kind.
    #[error("{what}")]
    Url {
        /// What is wrong with it.
        what: &'static str,
    },
    /// No such parameter.
    #[error("`{name}` is no parameter of a connection")]
    Unknown {
        /// Its name.
        name: String,
    },
    /// libpq knows it, and rdpctl does not do it.
    #[error("`{name}` is not supported: {why}")]
    Refused {
        /// Its name.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// A parameter that cannot be what it is.
    #[error("`{name}` cannot be `{value}`: {why}")]
    Value {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: String,
        /// Why that is wrong.
        why: &'static str,
    },
    /// Nobody said it, and it cannot be guessed.
    #[error("nobody says {what}")]
    Missing {
        /// What.
        what: &'static str,
    },
    /// A file that does not serve.
    #[error("{file}: {why}")]
    File {
        /// Which.
        file: String,
        /// Why not.
        why: String,
    },
    /// It would go over the network in the clear.
    #[error(
        "sslmode={mode} would send the state to {host} in the clear, or let others make it so: only this machine is spoken to without TLS; write sslmode=verify-full, with sslrootcert=FILE where the authority is your own"
    )]
    Clear {
        /// The mode.
        mode: String,
        /// To whom.
        host: String,
    },
}
