//! Who listens: `netstat -ano` and `tasklist /svc`, whose words for states and for nothing are translated.

use std::net::{IpAddr, Ipv6Addr};

use rdpctl_model::guest::{Listener, Process};

/// The listening TCP rows: those whose foreign address is nobody's.
#[must_use]
pub fn listeners(text: &str) -> Vec<Listener> {
    let mut found: Vec<Listener> = text.lines().filter_map(listener).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn listener(line: &str) -> Option<Listener> {
    let mut columns = line.split_whitespace();
    let (protocol, local, foreign) = (columns.next()?, columns.next()?, columns.next()?);
    if !protocol.eq_ignore_ascii_case("tcp") || !matches!(foreign, "0.0.0.0:0" | "[::]:0") {
        return None;
    }
    let (address, port) = local.rsplit_once(':')?;
    Some(Listener {
        address: ip(address)?,
        port: port.parse().ok()?,
        pid: columns.last()?.parse().ok()?,
    })
}

/// The ports at which `WinRM` listens unless it was told otherwise.
const WINRM: [u16; 2] = [5985, 5986];

/// The addresses from which somebody is connected to `WinRM`. What is over has no owner any more.
#[must_use]
pub fn callers(text: &str) -> Vec<IpAddr> {
    let mut found: Vec<IpAddr> = text.lines().filter_map(caller).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn caller(line: &str) -> Option<IpAddr> {
    let mut columns = line.split_whitespace();
    let (protocol, local, foreign) = (columns.next()?, columns.next()?, columns.next()?);
    let (_, port) = local.rsplit_once(':')?;
    let (address, foreign_port) = foreign.rsplit_once(':')?;
    let ours = protocol.eq_ignore_ascii_case("tcp") && WINRM.contains(&port.parse().ok()?);
    let pid: u32 = columns.last()?.parse().ok()?;
    (ours && pid != 0 && foreign_port != "0").then(|| ip(address)).flatten()
}

/// An address as printed, an IPv6 one in brackets and perhaps with its zone.
fn ip(text: &str) -> Option<IpAddr> {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.split('%').next()?.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => text.parse().ok(),
    }
}

/// The processes with the services that they host; none when nothing of the output is a row.
#[must_use]
pub fn processes(text: &str) -> Vec<Process> {
    let rows: Vec<[String; 3]> = text.lines().filter_map(row).collect();
    // The kernel hosts no services, so its third field is this language's word for none.
    let none: Vec<&String> =
        rows.iter().filter(|row| matches!(row[1].as_str(), "0" | "4")).map(|row| &row[2]).collect();
    let services = |field: &String| -> Vec<String> {
        if field == "N/A" || none.contains(&field) {
            return Vec::new();
        }
        field.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    rows.iter()
        .filter_map(|[image, pid, field]| {
            Some(Process {
                image: image.clone(),
                pid: pid.parse().ok()?,
                services: services(field),
            })
        })
        .collect()
}

/// Three quoted fields; no image, number or service name holds a quote.
fn row(line: &str) -> Option<[String; 3]> {
    let inner = line.trim().strip_prefix('"')?.strip_suffix('"')?;
    let mut fields = inner.split("\",\"").map(str::to_owned);
    let row = [fields.next()?, fields.next()?, fields.next()?];
    fields.next().is_none().then_some(row)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn listening_rows_are_told_by_their_foreign_address() {
        let text = "  TCP    0.0.0.0:3389           0.0.0.0:0              LISTENING       1084\r\n\
                    \x20 TCP    [::]:3389              [::]:0                 ABHÖREN         1084\n\
                    \x20 TCP    [fe80::1%4]:139        [::]:0                 LISTENING       4\n\
                    \x20 TCP    10.0.0.4:3389          10.0.0.9:50122         ESTABLISHED     1084\n\
                    \x20 TCP    127.0.0.1:65536        0.0.0.0:0              LISTENING       9\n\
                    \x20 UDP    0.0.0.0:3389           *:*                                    1084\n";
        let rows: Vec<String> = listeners(text)
            .iter()
            .map(|row| format!("{} {} {}", row.address, row.port, row.pid))
            .collect();
        assert_eq!(rows, ["0.0.0.0 3389 1084", ":: 3389 1084", "fe80::1 139 4"]);
    }

    #[test]
    fn whoever_is_connected_to_winrm_is_told_by_the_local_port() {
        let text = "  TCP    0.0.0.0:5985           0.0.0.0:0              LISTENING       4\r\n\
                    \x20 TCP    10.0.0.4:5985          198.51.100.1:50122     HERGESTELLT     4\n\
                    \x20 TCP    10.0.0.4:5986          198.51.100.1:50123     ESTABLISHED     4\n\
                    \x20 TCP    10.0.0.4:5985          192.0.2.9:50124        TIME_WAIT       0\n\
                    \x20 TCP    10.0.0.4:49777         203.0.113.9:5985       ESTABLISHED     900\n\
                    \x20 TCP    10.0.0.4:3389          192.0.2.7:50122        ESTABLISHED     1084\n";
        assert_eq!(callers(text), ["198.51.100.1".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn the_word_for_no_services_is_learned_from_the_kernel() {
        for none in ["N/A", "해당 없음", "暂缺", "Nicht zutreffend"] {
            let text = format!(
                "\"System Idle Process\",\"0\",\"{none}\"\n\"System\",\"4\",\"{none}\"\n\
                 \"svchost.exe\",\"1084\",\"TermService,UmRdpService\"\nnoise\n\"nginx.exe\",\"7\",\"{none}\"\n"
            );
            let services: Vec<Vec<String>> =
                processes(&text).into_iter().map(|process| process.services).collect();
            assert_eq!(services[2], ["TermService", "UmRdpService"], "{none}");
            assert!(
                services[0].is_empty() && services[1].is_empty() && services[3].is_empty(),
                "{none}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_readers_panic(text in "(?s).{0,200}") {
            let _ = listeners(&text);
            let _ = processes(&text);
        }
    }
}
