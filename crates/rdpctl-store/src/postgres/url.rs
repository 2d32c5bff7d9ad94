//! A connection URL as libpq reads it: `postgres://[user[:password]@][host[:port],…][/database][?keyword=value&…]`.

use std::collections::BTreeMap;

use super::keywords::{Keyword, Wrong};

/// What somebody said about a connection, by keyword.
pub(crate) type Said = BTreeMap<Keyword, String>;

/// Reads a URL.
pub(crate) fn read(url: &str) -> Result<Said, Wrong> {
    let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
    let rest = rest.ok_or(Wrong::Url { what: "it does not begin with postgres://" })?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (user, hosts),
        None => ("", authority),
    };
    let mut said = Said::new();
    let mut say = |keyword, text: &str| -> Result<(), Wrong> {
        if !text.is_empty() {
            said.insert(keyword, decoded(text)?);
        }
        Ok(())
    };
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    say(Keyword::User, user)?;
    say(Keyword::Password, password)?;
    say(Keyword::Database, database)?;
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',').filter(|host| !host.is_empty()) {
        let (name, port) = host_and_port(host)?;
        names.push(name);
        ports.push(port);
    }
    say(Keyword::Host, &names.join(","))?;
    if ports.iter().any(|port| !port.is_empty()) {
        say(Keyword::Port, &ports.join(","))?;
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) =
            pair.split_once('=').ok_or(Wrong::Url { what: "a parameter has no `=`" })?;
        let keyword = Keyword::parse(&decoded(name)?)?;
        said.insert(keyword, decoded(value)?);
    }
    Ok(said)
}

/// A host, which may be an address of IPv6 in brackets, and its port.
fn host_and_port(text: &str) -> Result<(&str, &str), Wrong> {
    if let Some(inside) = text.strip_prefix('[') {
        let (address, after) =
            inside.split_once(']').ok_or(Wrong::Url { what: "a bracket is not closed" })?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((address, port)),
            None if after.is_empty() => Ok((address, "")),
            None => Err(Wrong::Url { what: "something stands between an address and its port" }),
        };
    }
    Ok(text.split_once(':').unwrap_or((text, "")))
}

/// A text without its percent signs.
fn decoded(text: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::Url { what: "a percent sign is not followed by two hexadecimal digits" };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_at_checked(2).ok_or_else(wrong)?;
            let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).map_err(|_| Wrong::Url { what: "it is not UTF-8" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> String {
        match read(url) {
            Ok(said) => said
                .into_iter()
                .map(|(keyword, text)| format!("{}={text}", keyword.name()))
                .collect::<Vec<_>>()
                .join(" "),
            Err(wrong) => wrong.to_string(),
        }
    }

    #[test]
    fn a_url_is_read_as_libpq_reads_it() {
        let cases = [
            ("postgres://db.example/state", "host=db.example dbname=state"),
            (
                "postgresql://ana:p%40ss@db:5433/x",
                "host=db port=5433 dbname=x user=ana password=p@ss",
            ),
            ("postgres://a:1,b:2/x", "host=a,b port=1,2 dbname=x"),
            ("postgres://[::1]:5432/x", "host=::1 port=5432 dbname=x"),
            ("postgres:///x?host=/run/postgresql", "host=/run/postgresql dbname=x"),
            ("postgres://%2Frun%2Fpg/x", "host=/run/pg dbname=x"),
            (
                "postgres://db/x?sslmode=verify-full&schema=team",
                "host=db dbname=x sslmode=verify-full schema=team",
            ),
        ];
        for (url, said) in cases {
            assert_eq!(told(url), said, "{url}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        let cases = [
            ("postgres://db/x?colour=blue", "`colour` is no parameter of a connection"),
            (
                "postgres://db/x?sslcrl=a",
                "`sslcrl` is not supported: lists of revoked certificates are not read",
            ),
            (
                "postgres://db/x?krbsrvname=a",
                "`krbsrvname` is not supported: there is no Kerberos here",
            ),
            ("postgres://db/x%4", "a percent sign is not followed by two hexadecimal digits"),
            ("postgres://[::1/x", "a bracket is not closed"),
            ("postgres://db/x?sslmode", "a parameter has no `=`"),
        ];
        for (url, said) in cases {
            assert_eq!(told(url), said, "{url}");
        }
    }
}
