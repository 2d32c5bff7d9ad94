//! What is asked for: the page, the language, the colours and the clock.

use hyper::HeaderMap;
use hyper::header::{ACCEPT_LANGUAGE, COOKIE, HeaderName, IF_NONE_MATCH};
use jiff::tz::TimeZone;
use rdpctl_page::{Keys, Language, Request, Theme};

/// What a reader chose is kept for so long, in seconds.
const KEPT: u32 = 31_536_000;

/// A request as the pages know it, and what is to be kept in cookies.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) cookies: Vec<String>,
}

impl Asked {
    /// Reads it; a choice in the query wins over a cookie, and that over what the browser would like.
    pub(super) fn read(
        path: &str,
        query: &str,
        headers: &HeaderMap,
        declared: Option<&str>,
    ) -> Self {
        let mut cookies = Vec::new();
        let mut chosen = |name: &'static str, known: &dyn Fn(&str) -> bool| {
            let asked = pairs(query, '&').find(|(key, value)| *key == name && known(value));
            if let Some((_, value)) = asked {
                cookies.push(format!("{name}={value}; Path=/; Max-Age={KEPT}; SameSite=Strict"));
                return Some(value.to_owned());
            }
            let kept = text(headers, &COOKIE).unwrap_or_default();
            pairs(kept, ';')
                .find(|(key, value)| *key == name && known(value))
                .map(|(_, value)| value.to_owned())
        };
        let language = chosen("lang", &|code| Language::from_code(code).is_some())
            .and_then(|code| Language::from_code(&code))
            .or_else(|| text(headers, &ACCEPT_LANGUAGE).and_then(Language::accepted))
            .unwrap_or_default();
        let theme = chosen("theme", &|name| Theme::from_name(name).is_some())
            .and_then(|name| Theme::from_name(&name))
            .unwrap_or_default();
        let zone = chosen("tz", &|name| zone(name).is_some())
            .and_then(|name| zone(&name))
            .or_else(|| zone(declared?))
            .unwrap_or_else(TimeZone::system);
        let keys = chosen("keys", &|name| Keys::from_name(name).is_some())
            .and_then(|name| Keys::from_name(&name))
            .unwrap_or_default();
        let has = text(headers, &IF_NONE_MATCH).map(str::to_owned);
        let request = Request {
            path: path.to_owned(),
            query: query.to_owned(),
            language,
            theme,
            zone,
            keys,
            has,
            visitor: None,
        };
        Self { request, cookies }
    }
}

/// A zone by its name, written with a slash or as a query writes one.
fn zone(name: &str) -> Option<TimeZone> {
    let plain = name.replace("%2F", "/");
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
    (plain.len() < 64 && plain.chars().all(fits)).then(|| TimeZone::get(&plain).ok())?
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn pairs(text: &str, between: char) -> impl Iterator<Item = (&str, &str)> {
    text.split(between).filter_map(|pair| pair.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn a_choice_in_the_query_is_kept_and_wins() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("lang=ko; theme=dark"));
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("ko"));
        let asked = Asked::read(
            "/",
            "lang=en&tz=Asia%2FSeoul&theme=x%0d%0aSet-Cookie&keys=off",
            &headers,
            None,
        );
        assert_eq!(asked.request.language, Language::English);
        assert_eq!(asked.request.theme, Theme::Dark);
        assert_eq!(asked.request.zone.iana_name(), Some("Asia/Seoul"));
        assert_eq!(asked.request.keys, Keys::Off);
        assert_eq!(asked.cookies.len(), 3, "{:?}", asked.cookies);
    }
}
