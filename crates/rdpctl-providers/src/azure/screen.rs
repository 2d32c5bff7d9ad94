//! The picture of a VM's screen that boot diagnostics keep: a link to it, which the vendor signs for a time.

use rdpctl_contract::cloud::CloudError;
use rdpctl_model::ResourceId;
use rdpctl_model::secret::Secret;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::client::{Ask, COMPUTE, Client};
use super::id::ArmId;
use super::pace::Kind;
use crate::moved::say as moved;

/// For how many minutes the link is honoured.
pub(super) const MINUTES: u32 = 60;

/// Where boot diagnostics lie.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Diagnostics {
    console_screenshot_blob_uri: String,
}

/// Asks for a link to the picture; none where there is no picture.
pub(super) async fn link(
    client: &Client,
    vm: &ResourceId,
    stop: &CancellationToken,
) -> Result<Option<Secret>, CloudError> {
    let id = ArmId::of(vm).ok_or_else(|| CloudError::Unsupported {
        what: moved::reading(vm.as_str()),
        why: moved::no_id_of_azure(),
    })?;
    let path =
        format!("{}/retrieveBootDiagnosticsData?sasUriExpirationTimeInMinutes={MINUTES}", id.path);
    // It changes nothing, and may be asked for again.
    let ask = Ask::post(&path, COMPUTE, Kind::Read);
    let told: Diagnostics = client.call(&ask, stop).await?.read()?;
    let link = told.console_screenshot_blob_uri;
    Ok(is_link(&link).then(|| Secret::new(link)))
}

/// Whether a text is an address that people may be given to open, and nothing else.
fn is_link(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    let url = reqwest::Url::parse(text).ok().filter(|_| is_plain);
    url.is_some_and(|url| {
        let is_here = url.host_str().is_some_and(|host| host == "127.0.0.1");
        (url.scheme() == "https" || url.scheme() == "http" && is_here) && url.username().is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_a_browser_opens_is_shown() {
        for (text, expected) in [
            ("https://store.blob.core.windows.net/boot/web.bmp?sig=a%2Fb", true),
            ("http://127.0.0.1:4711/md-simulated/web.bmp?sig=1", true),
            ("http://store.example/web.bmp", false),
            ("javascript:alert(1)", false),
            ("https://user@store.example/web.bmp", false),
            ("https://store.example/\u{1b}[31m", false),
            ("", false),
        ] {
            assert_eq!(is_link(text), expected, "{text}");
        }
    }
}
