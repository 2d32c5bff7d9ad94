//! What is asked for: the page, the language, the colours and the clock.

use hyper::HeaderMap;
use hyper::header::{ACCEPT_LANGUAGE, COOKIE, HeaderName, IF_NONE_MATCH};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rdpctl_page::{Keys, Language, Request, Theme};

/// What a reader chose is kept for so long, in seconds.
const KEPT: u32 = 31_536_000;

/// By which name a visit is kept.
const SEEN: &str = "seen";
/// Who comes back after so long begins another visit.
const APART: SignedDuration = SignedDuration::from_mins(30);
/// What turned is known for so long; of a visit before that nothing could be said.
const KNOWN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// When somebody was here before this visit: two moments in a cookie of his, the one before and when he looked last.
struct Visit {
    before: Option<Timestamp>,
}

impl Visit {
    /// Of what his browser kept, as far as it can be so.
    fn kept<'a>(mut said: impl Iterator<Item = &'a str>, now: Timestamp) -> Self {
        let moment = |text: &str| {
            let at = Timestamp::from_second(text.parse().ok()?).ok()?;
            let age = now.duration_since(at);
            (age >= SignedDuration::ZERO && age < KNOWN).then_some(at)
        };
        let Some((before, last)) = said.next().and_then(|said| said.split_once('-')) else {
            return Self { before: None };
        };
        let (before, last) = (moment(before), moment(last));
        let another = last.is_some_and(|last| now.duration_since(last) > APART);
        Self { before: if another { last } else { before } }
    }

    /// What he is to keep now.
    fn cookie(&self, now: Timestamp) -> String {
        let before = self.before.map_or(0, Timestamp::as_second);
        let now = now.as_second();
        format!("{SEEN}={before}-{now}; Path=/; Max-Age={KEPT}; HttpOnly; SameSite=Strict")
    }
}

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
        now: Timestamp,
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
        let kept = pairs(text(headers, &COOKIE).unwrap_or_default(), ';');
        let visit = Visit::kept(kept.filter(|(key, _)| *key == SEEN).map(|(_, value)| value), now);
        // Who looks at the fleet is here; a script that asks for parts of it is nobody who looks.
        if path == "/" && pairs(query, '&').all(|(key, _)| key != "part") {
            cookies.push(visit.cookie(now));
        }
        let request = Request {
            path: path.to_owned(),
            query: query.to_owned(),
            language,
            theme,
            zone,
            keys,
            has,
            visit: visit.before,
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
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(asked.request.language, Language::English);
        assert_eq!(asked.request.theme, Theme::Dark);
        assert_eq!(asked.request.zone.iana_name(), Some("Asia/Seoul"));
        assert_eq!(asked.request.keys, Keys::Off);
        assert_eq!(asked.cookies.len(), 4, "{:?}", asked.cookies);
    }

    #[test]
    fn a_visit_is_another_after_half_an_hour_and_what_nobody_can_have_kept_is_none() {
        let at = |minute: i64| Timestamp::from_second(1_764_000_000 + minute * 60).unwrap();
        let comes = |cookie: &str, path: &str, query: &str, minute: i64| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::from_str(cookie).unwrap());
            let asked = Asked::read(path, query, &headers, None, at(minute));
            let kept = asked.cookies.first().map(|kept| kept.split(';').next().unwrap().to_owned());
            (asked.request.visit, kept)
        };
        let (before, kept) = comes("", "/", "", 0);
        assert_eq!(before, None, "the first time");
        let (before, kept) = comes(&kept.unwrap(), "/", "", 10);
        assert_eq!(before, None, "the same visit");
        let (before, kept) = comes(&kept.unwrap(), "/", "", 60);
        assert_eq!(before, Some(at(10)));
        let kept = kept.unwrap();
        assert_eq!(comes(&kept, "/", "", 80).0, Some(at(10)), "the same visit");
        assert_eq!(comes(&kept, "/drift", "", 80), (Some(at(10)), None), "read, and not moved");
        assert_eq!(comes(&kept, "/", "part=tally", 80).1, None, "a script is nobody who looks");
        let (far, older) = (at(1_000_000).as_second(), at(-30_000).as_second());
        for wrong in [format!("seen={far}-{far}"), format!("seen={older}-{older}"), "seen=x".into()]
        {
            assert_eq!(comes(&wrong, "/", "", 0).0, None, "{wrong}");
        }
    }
}
