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
