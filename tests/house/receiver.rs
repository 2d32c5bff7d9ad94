//! Somebody on this machine who is sent something over HTTP, and answers what a test has him answer.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

/// Longer than anything takes that comes at all.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request that came.
pub(crate) struct Came {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// Who is sent it.
pub(crate) struct Receiver {
    pub(crate) at: SocketAddr,
    pub(crate) came: mpsc::Receiver<Came>,
}

impl Receiver {
    /// He answers these one after another, and from then on the last.
    pub(crate) fn answering(first: &'static [&'static str], then: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let (tell, came) = mpsc::channel();
        std::thread::spawn(move || {
            let mut statuses = first.iter();
            for stream in listener.incoming().map_while(Result::ok) {
                let Some(one) = request(&stream) else { continue };
                let status = statuses.next().unwrap_or(&then);
                let _ = write!(
                    &stream,
                    "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                if tell.send(one).is_err() {
                    break;
                }
            }
        });
        Self { at, came }
    }

    #[track_caller]
    pub(crate) fn next(&self) -> Came {
        self.came.recv_timeout(PATIENCE).expect("something is sent")
    }
}

fn request(stream: &TcpStream) -> Option<Came> {
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    lines.read_line(&mut line).ok()?;
    let path = line.strip_prefix("POST ")?.split(' ').next()?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        lines.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().ok()?];
    lines.read_exact(&mut body).ok()?;
    Some(Came { path, headers, body })
}
