//! The clouds of Azure: where each gives tokens and takes calls.

use rdpctl_model::account::{Azure, AzureCloud};

/// Where a cloud is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// The directory, without a slash at the end.
    pub(super) authority: String,
    /// The resource manager, without a slash at the end.
    pub(super) arm: String,
    /// What tokens are asked for.
    pub(super) scope: String,
    /// The public list of retail prices, without a slash at the end; none where the cloud has none.
    pub(super) prices: Option<String>,
}

impl Places {
    /// Those of a declared account; one endpoint stands for all.
    pub(super) fn of(declared: &Azure) -> Result<Self, String> {
        let Some(endpoint) = &declared.calls.endpoint else {
            return Ok(Self::of_cloud(declared.cloud));
        };
        let base = endpoint.trim_end_matches('/');
        let url = reqwest::Url::parse(base).map_err(|error| format!("`{endpoint}`: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(format!("`{endpoint}` is no base URL"));
        }
        let at = base.to_owned();
        let prices = Some(at.clone());
        Ok(Self { authority: at.clone(), scope: format!("{at}/.default"), arm: at, prices })
    }

    pub(super) fn of_cloud(cloud: AzureCloud) -> Self {
        let (authority, arm, scope) = match cloud {
            AzureCloud::Public => {
                ("login.microsoftonline.com", "management.azure.com", "management.azure.com")
            }
            AzureCloud::China => (
                "login.chinacloudapi.cn",
                "management.chinacloudapi.cn",
                "management.chinacloudapi.cn",
            ),
            // The scope's host is not the manager's.
            AzureCloud::UsGovernment => (
                "login.microsoftonline.us",
                "management.usgovcloudapi.net",
                "management.core.usgovcloudapi.net",
            ),
        };
        Self {
            authority: format!("https://{authority}"),
            arm: format!("https://{arm}"),
            scope: format!("https://{scope}/.default"),
            prices: match cloud {
                AzureCloud::Public => Some("https://prices.azure.com".to_owned()),
                AzureCloud::China | AzureCloud::UsGovernment => None,
            },
        }
    }

    /// The resource that a managed identity is asked for.
    pub(super) fn resource(&self) -> &str {
        self.scope.strip_suffix("/.default").unwrap_or(&self.scope)
    }

    /// Whether a URL that an answer names may be given our token: it must lead where we called.
    pub(super) fn holds(&self, url: &str) -> bool {
        let same = |a: &reqwest::Url, b: &reqwest::Url| {
            a.scheme() == b.scheme()
                && a.port_or_known_default() == b.port_or_known_default()
                && match (a.host_str(), b.host_str()) {
                    (Some(at), Some(ours)) => at == ours || at.ends_with(&format!(".{ours}")),
                    (_, _) => false,
                }
        };
        match (reqwest::Url::parse(url), reqwest::Url::parse(&self.arm)) {
            (Ok(url), Ok(ours)) => same(&url, &ours),
            (_, _) => false,
        }
    }

    /// Whether everything is on this machine, so that no proxy is in between.
    pub(super) fn is_here(&self) -> bool {
        let url = reqwest::Url::parse(&self.arm).ok();
        let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
        host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_the_manager_and_its_regions_and_nowhere_else() {
        let places = Places::of_cloud(AzureCloud::Public);
        for (url, expected) in [
            ("https://management.azure.com/subscriptions", true),
            ("https://koreacentral.management.azure.com/x", true),
            ("http://management.azure.com/x", false),
            ("https://management.azure.com.evil.example/x", false),
            ("https://evilmanagement.azure.com/x", false),
            ("nonsense", false),
        ] {
            assert_eq!(places.holds(url), expected, "{url}");
        }
    }

    #[test]
    fn the_government_s_scope_is_of_another_host() {
        let places = Places::of_cloud(AzureCloud::UsGovernment);
        assert_eq!(places.resource(), "https://management.core.usgovcloudapi.net");
        assert_eq!(places.arm, "https://management.usgovcloudapi.net");
    }
}
