//! A peer on loopback that answers each request as the test says, byte for byte.

use std::sync::{Arc, Mutex};

use rdpctl_model::account::Route;
use rdpctl_model::secret::Secret;
use rdpctl_providers::tencent::{
    Client, Endpoints, Keychain, Pace, Rates, Source, Surroundings, Transport,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The first line.
    pub(crate) line: String,
    head: String,
    /// The body.
    pub(crate) body: String,
}

impl Request {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }
}

/// A listening peer; it goes away with its runtime.
pub(crate) struct Peer {
    /// Where it listens.
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Peer {
    /// Answers every request with what `answer` makes of it and of its number, counted from 0.
    pub(crate) async fn start(
        answer: impl Fn(usize, &Request) -> String + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (record, answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&record), Arc::clone(&answer)));
            }
        });
        Self { url, seen }
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// A client of this peer, which calls as fast as it goes.
    pub(crate) fn client(&self) -> Client {
        self.client_with(Source::Chain, keys())
    }

    /// A client of this peer with those credentials.
    pub(crate) fn client_with(&self, source: Source, around: Surroundings) -> Client {
        client_of(&self.url, source, around)
    }
}

/// A client of whatever is there, which calls as fast as it goes.
pub(crate) fn client_of(url: &str, source: Source, around: Surroundings) -> Client {
    let endpoints: Endpoints = url.parse().unwrap();
    let transport = Transport::new(endpoints, &Route::Usual, "ap-seoul").unwrap();
    let rates = Rates { pace: Pace::Unlimited, ..Rates::default() };
    Client::new(transport, Keychain::new(source, around), rates)
}

/// Surroundings with a key in the environment and nothing else.
pub(crate) fn keys() -> Surroundings {
    surroundings(&[("TENCENTCLOUD_SECRET_ID", "AKIDtest"), ("TENCENTCLOUD_SECRET_KEY", "test-key")])
}

/// Surroundings with these variables, where no machine role is to be had.
pub(crate) fn surroundings(variables: &[(&'static str, &str)]) -> Surroundings {
    Surroundings {
        variables: variables
            .iter()
            .map(|(name, value)| (*name, Secret::new((*value).to_owned())))
            .collect(),
        home: None,
        metadata: Some("http://127.0.0.1:1".to_owned()),
        ..Surroundings::default()
    }
}

/// An answer with that body.
pub(crate) fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// An answer of the API that refuses.
pub(crate) fn refusal(code: &str) -> String {
    ok(&format!(
        r#"{{"Response":{{"Error":{{"Code":"{code}","Message":"no"}},"RequestId":"r-1"}}}}"#
    ))
}

async fn serve<F: Fn(usize, &Request) -> String>(
    mut stream: TcpStream,
    seen: Arc<Mutex<Vec<Request>>>,
    answer: Arc<F>,
) {
    let mut buffer = Vec::new();
    loop {
        let head_end = loop {
            if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
        let mut request = Request {
            line: head.lines().next().unwrap_or_default().to_owned(),
            head,
            body: String::new(),
        };
        let length: usize =
            request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        while buffer.len() < head_end + length {
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        }
        request.body = String::from_utf8_lossy(&buffer[head_end..head_end + length]).into_owned();
        buffer.drain(..head_end + length);
        let response = {
            let mut seen = seen.lock().unwrap();
            let response = answer(seen.len(), &request);
            seen.push(request);
            response
        };
        if response.is_empty() || stream.write_all(response.as_bytes()).await.is_err() {
            return;
        }
    }
}
