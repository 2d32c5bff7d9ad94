//! The ports as their callers meet them.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Claim, Desktop, Door, Doors, Identity, Outside, Proves};
use crate::guest::{
    KeyFault, KeyMaterial, Known, NotRemote, OsRelease, RdpListener, Refusal, TlsVersion,
};

/// A world of one guest, whose door the test sets.
struct World(Mutex<Door>);

impl Outside for World {
    fn door(&self, _: u32) -> Door {
        self.0.lock().unwrap().clone()
    }

    fn log_on(&self, _: u32, _: &Claim, _: Proves<'_>) -> Option<Result<Known, Refusal>> {
        None
    }

    fn welcome(&self, _: u32, _: &Claim, _: &Known) -> Result<(), NotRemote> {
        Err(NotRemote)
    }
}

/// A listener of TLS 1.2 as Windows sets it up.
pub(super) fn listener(key: KeyMaterial) -> RdpListener {
    RdpListener {
        port: 3389,
        security_layer: 2,
        user_authentication: 1,
        allow_negotiation: 1,
        min_encryption_level: 3,
        logons_disabled: false,
        tls_versions: vec![TlsVersion::Tls12],
        tls_usable: vec![TlsVersion::Tls12],
        fips: false,
        stumbles_over_tls13: false,
        certificate: None,
        key,
    }
}

fn desktop(key: KeyMaterial) -> Door {
    let listener = listener(key);
    let identity = Identity {
        computer: "web-01".to_owned(),
        os: OsRelease::Server2022,
        now: 0,
        credssp: 6,
        refuses_ntlm: false,
        only_updated: false,
    };
    Door::Open(Box::new(Desktop { listener, identity, turns_away: None, silent: false }))
}

fn unreadable() -> Door {
    desktop(KeyMaterial::Unusable(KeyFault::Unreadable))
}

async fn world(door: Door) -> (Arc<World>, Doors, SocketAddr) {
    let world = Arc::new(World(Mutex::new(door)));
    let doors = Doors::new(Arc::clone(&world) as Arc<dyn Outside>, CancellationToken::new());
    let address = doors.address(7).await.unwrap();
    (world, doors, address)
}

const REQUEST: &[u8] = &[3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 11, 0, 0, 0];

/// What a caller meets: the answer's last bytes, or how connecting ended.
async fn meet(address: SocketAddr) -> String {
    let connected = match timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
        Err(_) => return "nothing".to_owned(),
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => {
            return "refused".to_owned();
        }
        Ok(connected) => connected,
    };
    let talked = async {
        let mut stream = connected?;
        stream.write_all(REQUEST).await?;
        let mut answer = [0; 19];
        stream.read_exact(&mut answer).await?;
        Ok::<_, std::io::Error>(format!("{:x?}", &answer[11..16]))
    };
    talked.await.unwrap_or_else(|error| error.kind().to_string())
}

/// Meets until it is as expected: the port follows the world, but not within the same instant.
async fn meets(address: SocketAddr, expected: &str) {
    let met = async { while meet(address).await != expected {} };
    timeout(Duration::from_mins(1), met).await.unwrap();
}

const AGREED: &str = "[2, 1f, 8, 0, 8]";

#[tokio::test]
async fn a_port_shows_at_once_what_stands_behind_it() {
    for (door, expected) in
        [(unreadable(), AGREED), (Door::Refused, "refused"), (Door::Filtered, "nothing")]
    {
        let (_, doors, address) = world(door).await;
        assert_eq!(meet(address).await, expected);
        doors.close().await;
        assert_eq!(meet(address).await, "refused");
    }
}

#[tokio::test]
async fn a_port_follows_the_world_and_stays_the_same_port() {
    let (world, doors, address) = world(Door::Refused).await;
    for (door, expected) in [
        (unreadable(), AGREED),
        (Door::Filtered, "nothing"),
        (unreadable(), AGREED),
        (Door::Refused, "refused"),
        (Door::Filtered, "nothing"),
        (Door::Refused, "refused"),
        (unreadable(), AGREED),
    ] {
        *world.0.lock().unwrap() = door;
        doors.world_changed(|_| true).await;
        meets(address, expected).await;
    }
    assert_eq!(doors.address(7).await.unwrap(), address);
}

#[tokio::test]
async fn a_caller_meets_the_world_as_it_is_now() {
    let (world, _doors, address) = world(unreadable()).await;
    // Nobody told the port.
    *world.0.lock().unwrap() = Door::Refused;
    assert_ne!(meet(address).await, AGREED);
    meets(address, "refused").await;
}

#[tokio::test]
async fn a_key_that_cannot_be_read_shows_when_tls_begins_and_not_before() {
    let (_, _doors, address) = world(unreadable()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    let mut answer = [0; 19];
    stream.read_exact(&mut answer).await.unwrap();
    let mut hello = vec![22, 3, 1, 0, 47, 1, 0, 0, 43, 3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x2b, 1, 0, 0, 0]);
    stream.write_all(&hello).await.unwrap();
    let ended = stream.read(&mut answer).await.map_err(|error| error.kind());
    assert_eq!(ended, Err(ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn another_program_speaks_its_own_language() {
    let (_, _doors, address) = world(Door::Foreign { image: "nginx.exe".to_owned() }).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    let mut words = String::new();
    stream.read_to_string(&mut words).await.unwrap();
    assert!(words.starts_with("HTTP/1.1 400 Bad Request\r\n"));
}
