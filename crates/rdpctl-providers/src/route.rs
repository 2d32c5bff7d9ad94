//! By which way an API is reached: a company's proxy where the environment or a declaration names one, never towards
//! this machine or its metadata service.

use rdpctl_model::account::Route;

/// The same client, by this way.
pub(crate) fn by(
    route: &Route,
    client: reqwest::ClientBuilder,
) -> Result<reqwest::ClientBuilder, reqwest::Error> {
    Ok(match route {
        Route::Usual => client,
        Route::Direct => client.no_proxy(),
        Route::Through(url) => {
            let proxy = reqwest::Proxy::all(url)?.no_proxy(reqwest::NoProxy::from_env());
            client.proxy(proxy)
        }
    })
}

/// A client for calls to nobody's API: it follows no redirect and repeats nothing by itself.
///
/// # Errors
/// When TLS cannot be set up.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    // The process may have chosen a provider already; either serves.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        drop(rustls::crypto::ring::default_provider().install_default());
    }
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!("rdpctl-", env!("CARGO_PKG_VERSION")))
        .connect_timeout(std::time::Duration::from_secs(5))
        .build()
}
