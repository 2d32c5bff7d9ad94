//! The page of `rdpctl run`, as a browser meets it: over HTTP, beside a loop on a simulated estate.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::tool::{Simulator, Tool, against};
use crate::watching::Loop;

pub(crate) const DENY: &str = r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d 1 /f"#;

/// A loop with its page.
pub(crate) struct Page {
    run: Loop,
    at: String,
    events: BufReader<TcpStream>,
    tool: Tool,
    simulator: Simulator,
}

impl Page {
    /// Of the quickstart's estate, once everything was looked at.
    pub(crate) fn open() -> Self {
        let tool = Tool::quickstart();
        let simulator = Simulator::start(&tool);
        Self::of(against(tool, &simulator), simulator)
    }

    /// Of an estate that somebody prepared, once everything was looked at.
    pub(crate) fn of(tool: Tool, simulator: Simulator) -> Self {
        let mut page = Self::beside(tool, simulator);
        page.run.until("ready");
        page
    }

    /// Of one that may stand by.
    pub(crate) fn beside(tool: Tool, simulator: Simulator) -> Self {
        let mut run = Loop::start(&tool, &["--listen", "127.0.0.1:0"]);
        let at = run.address();
        let mut events = TcpStream::connect(&at).unwrap();
        events.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
        write!(events, "GET /events HTTP/1.1\r\nhost: {at}\r\n\r\n").unwrap();
        Self { run, at, events: BufReader::new(events), tool, simulator }
    }

    /// What is answered: head and body.
    pub(crate) fn ask(&self, request: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.at).unwrap();
        write!(stream, "{request}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    /// The page with a session.
    pub(crate) fn get_as(&self, path: &str, cookie: &str) -> (String, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}", self.at))
    }

    /// A form of ours, as a browser sends it from our own page.
    pub(crate) fn post(&self, path: &str, body: &str, cookie: &str) -> (String, String) {
        self.post_from(path, body, cookie, &format!("http://{}", self.at))
    }

    /// A form that comes from a page of this origin.
    pub(crate) fn post_from(
        &self,
        path: &str,
        body: &str,
        cookie: &str,
        origin: &str,
    ) -> (String, String) {
        let mut stream = TcpStream::connect(&self.at).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: {}\r\norigin: {origin}\r\ncookie: {cookie}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n{body}",
            self.at
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    /// Signs in: the cookie, and what forms carry.
    pub(crate) fn sign_in(&self, token: &str) -> (String, String) {
        let (head, body) = self.post("/session", &format!("token={token}"), "");
        assert!(head.starts_with("HTTP/1.1 303 "), "{head}\n{body}");
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let (_, page) = self.get_as("/session", &cookie);
        let form = page.split("name=\"form\" value=\"").nth(1).unwrap();
        (cookie, form.split('"').next().unwrap().to_owned())
    }

    /// Where it answers.
    pub(crate) fn at(&self) -> &str {
        &self.at
    }

    pub(crate) const fn tool(&self) -> &Tool {
        &self.tool
    }

    pub(crate) const fn events(&mut self) -> &mut Loop {
        &mut self.run
    }

    pub(crate) fn get(&self, path: &str) -> (String, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: {}", self.at))
    }

    pub(crate) const fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Ends the loop: with which code it did.
    pub(crate) fn ends(self) -> Option<i32> {
        self.run.ends().0
    }

    /// A page as data, as soon as something holds of it: looked at again whenever the stream says that it changed.
    #[track_caller]
    pub(crate) fn until(&mut self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (head, body) = self.get(path);
            if head.starts_with("HTTP/1.1 200 ") {
                let page: Value = serde_json::from_str(&body).unwrap();
                if holds(&page) {
                    return page;
                }
            }
            let mut line = String::new();
            while !line.starts_with("event: ") {
                line.clear();
                assert!(self.events.read_line(&mut line).unwrap() > 0, "{body}");
            }
        }
    }
}

#[test]
fn the_page_says_what_drift_says_and_follows_the_world_without_being_asked() {
    let mut page = Page::open();
    let drift = page.tool.run(&["drift", "--format", "json"]).exits(2).out;
    let drift: Value = serde_json::from_str(&drift).unwrap();
    let fleet = page.until("/fleet.json", |fleet| fleet["numbers"] == drift["numbers"]);
    let firsts = drift["findings"].as_array().unwrap().iter();
    let firsts = firsts.filter(|one| one["follows-from"].is_null()).count();
    assert_eq!(fleet["causes"].as_array().unwrap().len(), firsts, "{fleet}");

    let (head, html) = page.get("/");
    assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
    assert!(html.contains("<h1>2 of 2 instances are not reachable as declared.</h1>"), "{html}");

    page.simulator.behind("legacy-01", DENY);
    page.until("/instances/legacy-01.json", |one| {
        one["facets"]["remote-desktop"]["verdict"]["verdict"] == "drifted"
    });
    let (_, html) = page.get("/instances/legacy-01");
    // The doctor's evidence stands beside his verdict.
    assert!(html.contains("fDenyTSConnections"), "{html}");
    let (_, korean) = page.get("/instances/legacy-01?lang=ko");
    assert!(korean.contains("<html lang=\"ko\""), "{korean}");
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn a_declaration_that_cannot_be_read_stands_on_every_page_with_its_place_until_it_can() {
    let mut page = Page::open();
    let declared = page.tool.read("rdp.toml");
    page.tool.write("rdp.toml", &declared.replacen("\"office\"", "\"nowhere\"", 1));
    let banners = |page: &Value| page["banners"].as_array().unwrap().len();
    let told = page.until("/loop.json", |page| banners(page) == 1);
    let quote = told["banners"][0]["quote"].as_str().unwrap();
    assert!(quote.contains("rdp.toml") && quote.contains("nowhere"), "{quote}");
    for path in ["/", "/?view=matrix", "/instances/web-01", "/held", "/runs", "/drift", "/loop"] {
        let (_, html) = page.get(path);
        let banner = html.split("id=\"banners\"").nth(1).unwrap();
        let banner = banner.split("<h1>").next().unwrap();
        for says in ["banner bad", "nowhere", "<time datetime", "<a href=\"/loop\">"] {
            assert!(banner.contains(says), "{path}, {says}: {banner}");
        }
    }
    page.tool.write("rdp.toml", &declared);
    page.until("/loop.json", |page| banners(page) == 0);
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn the_page_answers_to_its_own_name_alone_and_only_reads() {
    let mut page = Page::open();
    page.until("/fleet.json", |_| true);
    let (head, _) = page.ask("GET / HTTP/1.1\r\nhost: evil.example");
    assert!(head.starts_with("HTTP/1.1 421 "), "{head}");
    let (head, _) = page.ask(&format!("DELETE /held HTTP/1.1\r\nhost: {}", page.at));
    assert!(head.starts_with("HTTP/1.1 405 "), "{head}");
    let (head, html) = page.get("/instances/web-09");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert!(html.contains("/instances/web-01"), "the nearest: {html}");

    let (head, html) = page.get("/");
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let (again, _) =
        page.ask(&format!("GET / HTTP/1.1\r\nhost: {}\r\nif-none-match: {tag}", page.at));
    let same = again.starts_with("HTTP/1.1 304 ");
    assert!(same || again.contains("etag: "), "it changed meanwhile, or is the same: {again}");
    let sheet = html.split("href=\"/static/style.").nth(1).unwrap();
    let (head, _) = page.get(&format!("/static/style.{}", sheet.split('"').next().unwrap()));
    assert!(head.contains("immutable"), "{head}");
    assert_eq!(page.ends(), Some(0));
}
