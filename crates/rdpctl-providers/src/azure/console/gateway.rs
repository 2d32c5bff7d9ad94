//! Whether a session is where the vendor has its gateways: a token goes nowhere else.

use reqwest::Url;

use rdpctl_model::Said;

use crate::azure::places::Places;
use crate::channel::why::say;

/// Where the vendor has them.
const DOMAINS: [&str; 2] = [".gateway.serialconsole.azure.com", ".serialconsole.azure.us"];

/// The address of a session, as one that is asked for over HTTP.
pub(super) fn checked(session: &str, places: &Places) -> Result<Url, Said> {
    let bad = say::no_own_address;
    let (scheme, rest) = session.split_once("://").ok_or_else(bad)?;
    let scheme = match scheme {
        "wss" => "https",
        // Where the manager itself is met in clear, on this machine, its gateway is, too.
        "ws" if places.is_here() => "http",
        _ => return Err(bad()),
    };
    let url = Url::parse(&format!("{scheme}://{rest}")).map_err(|_| bad())?;
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let is_own = DOMAINS.iter().any(|domain| host.ends_with(domain)) || places.holds(url.as_str());
    let plain = url.username().is_empty() && url.password().is_none();
    if is_own && plain { Ok(url) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use rdpctl_model::account::AzureCloud;

    use super::*;

    #[test]
    fn a_session_is_at_a_gateway_of_the_vendor_or_where_the_manager_is() {
        let places = Places::of_cloud(AzureCloud::Public);
        for (session, is_own) in [
            (
                "wss://koreacentral.gateway.serialconsole.azure.com/n/connector/1/sessions/2/client",
                true,
            ),
            ("wss://east.serialconsole.azure.us/n/connector/1/sessions/2/client", true),
            ("ws://koreacentral.gateway.serialconsole.azure.com/n", false),
            ("wss://gateway.serialconsole.azure.com.evil.example/n", false),
            ("wss://evil-gateway.serialconsole.azure.com/n", false),
            ("wss://koreacentral.gateway.serialconsole.azure.com@evil.example/n", false),
            ("https://management.azure.com/n", false),
            ("", false),
        ] {
            assert_eq!(checked(session, &places).is_ok(), is_own, "{session}");
        }
    }
}
