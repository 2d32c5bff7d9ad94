//! What the environment asks for, by the variables of OpenTelemetry's specification.

use std::time::Duration;

use rdpctl_model::secret::Secret;
use reqwest::Url;

/// How what is sent is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Protocol Buffers, which the specification has by default.
    Protobuf,
    /// JSON.
    Json,
}

/// What is wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Where to.
    pub(super) to: Url,
    pub(super) protocol: Protocol,
    /// Names and values of headers, which may hold keys.
    pub(super) headers: Vec<(String, Secret)>,
    /// How long one attempt may take.
    pub(super) timeout: Duration,
    /// How long spans are gathered.
    pub(super) gather: Duration,
    /// What sends: names and values.
    pub(super) resource: Vec<(String, String)>,
    /// Which share of traces is sent.
    pub(super) share: f64,
}

impl Wanted {
    /// Reads variables; nothing where none asks for traces.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        let given = |name: &str| {
            variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let of_traces = |name: &str| {
            given(&format!("OTEL_EXPORTER_OTLP_TRACES_{name}"))
                .or_else(|| given(&format!("OTEL_EXPORTER_OTLP_{name}")))
        };
        if given("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        match given("OTEL_TRACES_EXPORTER").as_deref() {
            None | Some("otlp") => {}
            Some("none") => return Ok(None),
            Some(other) => {
                return Err(format!("OTEL_TRACES_EXPORTER is `{other}`, and only `otlp` is known"));
            }
        }
        let Some(to) = address(&given)? else { return Ok(None) };
        let protocol = match of_traces("PROTOCOL").as_deref() {
            None | Some("http/protobuf") => Protocol::Protobuf,
            Some("http/json") => Protocol::Json,
            Some(other) => {
                return Err(format!(
                    "OTEL_EXPORTER_OTLP_PROTOCOL is `{other}`; spoken are http/protobuf and http/json, at port 4318 as a rule"
                ));
            }
        };
        let milliseconds = |text: Option<String>, otherwise| {
            text.and_then(|text| text.parse().ok()).map_or(otherwise, Duration::from_millis)
        };
        let share = match given("OTEL_TRACES_SAMPLER").as_deref() {
            None | Some("always_on" | "parentbased_always_on") => 1.0,
            Some("always_off" | "parentbased_always_off") => return Ok(None),
            Some("traceidratio" | "parentbased_traceidratio") => given("OTEL_TRACES_SAMPLER_ARG")
                .and_then(|text| text.parse::<f64>().ok())
                .filter(|share| (0.0..=1.0).contains(share))
                .unwrap_or(1.0),
            Some(other) => {
                return Err(format!("OTEL_TRACES_SAMPLER is `{other}`, which is not known"));
            }
        };
        let headers = pairs(of_traces("HEADERS").as_deref().unwrap_or_default());
        Ok(Some(Self {
            to,
            protocol,
            headers: headers.into_iter().map(|(name, value)| (name, Secret::new(value))).collect(),
            timeout: milliseconds(of_traces("TIMEOUT"), Duration::from_secs(10)),
            gather: milliseconds(given("OTEL_BSP_SCHEDULE_DELAY"), Duration::from_secs(5)),
            resource: resource(&given),
            share,
        }))
    }
}

/// Where to. What is sent may be read by nobody on the way.
fn address(given: &impl Fn(&str) -> Option<String>) -> Result<Option<Url>, String> {
    let (name, text) = match given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
        Some(text) => ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", text),
        None => match given("OTEL_EXPORTER_OTLP_ENDPOINT") {
            // The general one is a base, to which each signal adds its own path.
            Some(text) => {
                ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("{}/v1/traces", text.trim_end_matches('/')))
            }
            None => return Ok(None),
        },
    };
    let url = Url::parse(&text).map_err(|error| format!("{name} is no address: {error}"))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if url.scheme() == "https" || (url.scheme() == "http" && is_here) {
        return Ok(Some(url));
    }
    Err(format!("{name} is neither https:// nor an address of this machine"))
}

fn resource(given: &impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let mut resource = pairs(&given("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default());
    if let Some(name) = given("OTEL_SERVICE_NAME") {
        resource.retain(|(key, _)| key != "service.name");
        resource.push(("service.name".to_owned(), name));
    }
    for (key, value) in [("service.name", "rdpctl"), ("service.version", env!("CARGO_PKG_VERSION"))]
    {
        if !resource.iter().any(|(known, _)| known == key) {
            resource.push((key.to_owned(), value.to_owned()));
        }
    }
    resource
}

/// `a=b,c=d`, percent-encoded.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((decoded(name.trim()), decoded(value.trim()))).filter(|(name, _)| !name.is_empty())
    };
    text.split(',').filter_map(pair).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, left @ ..] = rest {
        let encoded = (*first == b'%')
            .then(|| left.get(..2))
            .flatten()
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(encoded.unwrap_or(*first));
        rest = &left[if encoded.is_some() { 2 } else { 0 }..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(variables: &[(&str, &str)]) -> Result<Option<Wanted>, String> {
        Wanted::read(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_base_gets_the_path_of_traces_and_an_address_of_traces_stays_as_it_is() {
        let to = |variables: &[(&str, &str)]| wanted(variables).unwrap().unwrap().to.to_string();
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example/otel/");
        assert_eq!(to(&[base]), "https://collector.example/otel/v1/traces");
        let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:4318/x");
        assert_eq!(to(&[base, own]), "http://127.0.0.1:4318/x");
    }

    #[test]
    fn nothing_is_sent_that_nobody_asked_for_or_that_others_could_read() {
        assert!(wanted(&[]).unwrap().is_none());
        let at = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        for (name, value) in [
            ("OTEL_SDK_DISABLED", "true"),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_TRACES_SAMPLER", "always_off"),
        ] {
            assert!(wanted(&[at, (name, value)]).unwrap().is_none(), "{name}");
        }
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example:4318"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"),
        ] {
            assert!(wanted(&[(name, value), at]).is_err(), "{value}");
        }
    }

    #[test]
    fn headers_and_resources_are_lists_of_pairs_that_may_be_percent_encoded() {
        let wanted = wanted(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b,x=1"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,deployment.environment=lab"),
            ("OTEL_SERVICE_NAME", "desks"),
        ])
        .unwrap()
        .unwrap();
        assert_eq!(wanted.headers[0].1.expose(), "a b");
        assert!(!format!("{wanted:?}").contains("a b"), "a header may be a key");
        let named = |name: &str| wanted.resource.iter().filter(|(key, _)| key == name).count();
        assert_eq!((named("service.name"), named("deployment.environment")), (1, 1));
    }
}
