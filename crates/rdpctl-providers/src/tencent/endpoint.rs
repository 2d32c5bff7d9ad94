//! Where the API is: one host per service by the vendor's patterns, or one base address for all of them.

use std::fmt;

use reqwest::Url;

/// One of the vendor's services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Instances.
    Cvm,
    /// Addresses and security groups.
    Vpc,
    /// Disks and snapshots.
    Cbs,
    /// Commands in the guest.
    Tat,
    /// Temporary credentials.
    Sts,
    /// The log of what was changed.
    Cloudaudit,
}

impl Service {
    /// The host's first label, which the signature's scope names too.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cvm => "cvm",
            Self::Vpc => "vpc",
            Self::Cbs => "cbs",
            Self::Tat => "tat",
            Self::Sts => "sts",
            Self::Cloudaudit => "cloudaudit",
        }
    }

    /// The version of its interface.
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::Cvm | Self::Vpc | Self::Cbs => "2017-03-12",
            Self::Tat => "2020-10-28",
            Self::Sts => "2018-08-13",
            Self::Cloudaudit => "2019-03-19",
        }
    }
}

/// How a service's host is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoints {
    /// `cvm.tencentcloudapi.com`: the closest way in.
    Nearest,
    /// `cvm.ap-seoul.tencentcloudapi.com`: the way in of one region, with its own request limits. Finance regions
    /// are always called this way.
    Regional,
    /// `cvm.intl.tencentcloudapi.com`: accounts of the international site.
    International,
    /// One base address for every service.
    Base(BaseUrl),
}

/// A scheme, a host and perhaps a port; the API's path is always `/`.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// Why a text names no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Neither a known word nor an address.
    #[error(
        "`{0}` is neither `nearest`, `regional`, `intl` nor an address such as https://127.0.0.1:8080"
    )]
    Unknown(String),
    /// A scheme that is not spoken.
    #[error("the endpoint's scheme must be https or http, not `{0}`")]
    Scheme(String),
    /// A path, which the signature does not allow.
    #[error("the endpoint must not have a path, a query or a user name")]
    NotBare,
}

impl Endpoints {
    /// Whether the API is on this machine, where no proxy has a place.
    #[must_use]
    pub fn is_here(&self) -> bool {
        match self {
            Self::Nearest | Self::Regional | Self::International => false,
            Self::Base(base) => base.0.host_str().is_some_and(|host| {
                let bare = host.trim_start_matches('[').trim_end_matches(']');
                host == "localhost"
                    || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
            }),
        }
    }
}

impl std::str::FromStr for Endpoints {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "nearest" => Ok(Self::Nearest),
            "regional" => Ok(Self::Regional),
            "intl" => Ok(Self::International),
            _ => text.parse().map(Self::Base),
        }
    }
}

impl std::str::FromStr for BaseUrl {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| EndpointError::Unknown(text.to_owned()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EndpointError::Scheme(url.scheme().to_owned()));
        }
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
            && url.has_host();
        if bare { Ok(Self(url)) } else { Err(EndpointError::NotBare) }
    }
}

/// Where one call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The whole address.
    pub url: Url,
    /// The `Host` header: the port is named only when it is not the scheme's own.
    pub host: String,
}

impl Endpoints {
    /// Where a service's calls go, for resources of that region.
    ///
    /// # Errors
    /// When the region's name cannot be part of a host name.
    pub fn target(&self, service: Service, region: &str) -> Result<Target, EndpointError> {
        let label = service.label();
        let host = match self {
            Self::Base(BaseUrl(url)) => {
                let mut host = url.host_str().unwrap_or_default().to_owned();
                if let Some(port) = url.port() {
                    host = format!("{host}:{port}");
                }
                return Ok(Target { url: url.clone(), host });
            }
            Self::Nearest | Self::International if region.ends_with("-fsi") => {
                format!("{label}.{region}.tencentcloudapi.com")
            }
            Self::Regional => format!("{label}.{region}.tencentcloudapi.com"),
            Self::Nearest => format!("{label}.tencentcloudapi.com"),
            Self::International => format!("{label}.intl.tencentcloudapi.com"),
        };
        let address = format!("https://{host}/");
        let url = Url::parse(&address).map_err(|_| EndpointError::Unknown(address.clone()))?;
        if url.host_str() != Some(host.as_str()) {
            return Err(EndpointError::Unknown(address));
        }
        Ok(Target { url, host })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_endpoint_has_its_host() {
        for (endpoint, service, region, url, host) in [
            (
                "nearest",
                Service::Cvm,
                "ap-seoul",
                "https://cvm.tencentcloudapi.com/",
                "cvm.tencentcloudapi.com",
            ),
            (
                "regional",
                Service::Tat,
                "ap-seoul",
                "https://tat.ap-seoul.tencentcloudapi.com/",
                "tat.ap-seoul.tencentcloudapi.com",
            ),
            (
                "intl",
                Service::Vpc,
                "ap-seoul",
                "https://vpc.intl.tencentcloudapi.com/",
                "vpc.intl.tencentcloudapi.com",
            ),
            (
                "nearest",
                Service::Cbs,
                "ap-shanghai-fsi",
                "https://cbs.ap-shanghai-fsi.tencentcloudapi.com/",
                "cbs.ap-shanghai-fsi.tencentcloudapi.com",
            ),
            (
                "http://127.0.0.1:18080",
                Service::Cvm,
                "x",
                "http://127.0.0.1:18080/",
                "127.0.0.1:18080",
            ),
            (
                "https://gateway.example:443/",
                Service::Cvm,
                "x",
                "https://gateway.example/",
                "gateway.example",
            ),
        ] {
            let target = endpoint.parse::<Endpoints>().unwrap().target(service, region).unwrap();
            assert_eq!((target.url.as_str(), target.host.as_str()), (url, host), "{endpoint}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for text in [
            "",
            "127.0.0.1:80",
            "ftp://host/",
            "https://host/path",
            "https://host/?q",
            "https://u@host/",
        ] {
            assert!(text.parse::<Endpoints>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_region_cannot_smuggle_another_host_in() {
        for region in ["a/b", "evil.example/", "x#", "x@evil.example"] {
            assert!(Endpoints::Regional.target(Service::Cvm, region).is_err(), "{region}");
        }
    }
}
