//! What a survey takes on a real line: 115,200 baud, characters one by one, and a way there and back for each thing that is
//! waited for. Time is accounted and not waited for, so that a busy machine measures the same.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::channel::{Ask, Channel as _, ChannelError, GuestTarget, Questions};
use rdpctl_model::declaration::{GuestAccess, SerialLine};
use rdpctl_model::secret::{Secret, SecretRef};
use rdpctl_sim::{RunningSim, Sim, SimOptions, World};
use tokio_util::sync::CancellationToken;

use super::{Declared, Lines, Serial, Wire};
use crate::channel::dialect::Dialect;
use crate::secret::Vault;

/// Bits that a character takes on the line, with where it begins and ends.
const BITS: f64 = 10.0;
const BAUD: f64 = 115_200.0;

#[derive(Clone, Copy, Debug, Default)]
struct Ledger {
    up: u64,
    down: u64,
    /// Times at which something was sent and its answer waited for.
    waits: u64,
}

impl Ledger {
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    fn seconds(self, latency: Duration) -> f64 {
        (self.up + self.down) as f64 * BITS / BAUD + self.waits as f64 * latency.as_secs_f64()
    }
}

/// Lines whose characters come one by one, and are counted.
#[derive(Clone, Default)]
struct Counted(Arc<Mutex<Ledger>>);

struct Line {
    wire: Box<dyn Wire>,
    came: VecDeque<u8>,
    sent: bool,
    ledger: Arc<Mutex<Ledger>>,
}

#[async_trait]
impl Lines for Counted {
    async fn open(&self, target: &GuestTarget) -> Result<Box<dyn Wire>, ChannelError> {
        let wire = Declared.open(target).await?;
        let ledger = Arc::clone(&self.0);
        Ok(Box::new(Line { wire, came: VecDeque::new(), sent: false, ledger }))
    }
}

#[async_trait]
impl Wire for Line {
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.ledger.lock().unwrap().up += bytes.len() as u64;
        self.sent = true;
        self.wire.send(bytes).await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        if self.came.is_empty() {
            self.came.extend(self.wire.receive().await?);
        }
        let mut ledger = self.ledger.lock().unwrap();
        ledger.waits += u64::from(std::mem::take(&mut self.sent));
        ledger.down += u64::from(!self.came.is_empty());
        Ok(self.came.pop_front().into_iter().collect())
    }
}

async fn world(language: &str) -> RunningSim {
    let text = format!(
        "[world]\nseed = 7\ntime-scale = \"instant\"\n\n\
         [account.main]\nkind = \"tencent\"\nregion = \"ap-seoul\"\n\n\
         [vm.till]\naddress = \"eip\"\n[vm.till.guest]\nos = \"2019\"\nlanguage = \"{language}\"\n\
         users = {{ Administrator = \"Right-Password-1\" }}\n"
    );
    let world = World::parse(Path::new("world.toml"), &text).unwrap();
    Sim::start(world, SimOptions::default()).await.unwrap()
}

fn target(sim: &RunningSim) -> (GuestTarget, Vault) {
    let line = sim.serial_line("till").unwrap();
    let password: SecretRef = "env:PW".parse().unwrap();
    let secrets = [(password.clone(), Secret::new("Right-Password-1".to_owned()))];
    let access = GuestAccess {
        user: Some("Administrator".to_owned()),
        password: Some(password),
        serial: Some(SerialLine::Tcp { host: line.ip().to_string(), port: line.port() }),
        ..GuestAccess::default()
    };
    let target = GuestTarget {
        instance: "till".into(),
        id: "till".into(),
        host: None,
        access: Arc::new(access),
    };
    (target, Vault::Given(Arc::new(secrets.into())))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_survey_takes_at_most_30_seconds_at_115_200_baud_and_90_where_each_answer_is_80_ms_away()
{
    for language in ["en", "ko", "de", "ja"] {
        let sim = world(language).await;
        let (target, vault) = target(&sim);
        let lines = Counted::default();
        let channel = Dialect::new(Serial::new(lines.clone(), vault));
        let questions = Arc::new(Questions { ports: [3389].into(), ..Questions::default() });
        let ask = Ask { target, questions, within: Duration::from_mins(5) };
        let answers = channel.answer(vec![ask], &CancellationToken::new()).await;
        assert!(answers.into_iter().all(|answer| {
            answer.is_ok_and(|seen| seen.listeners.is_ok() && seen.acl_keys.is_ok())
        }));
        let ledger = *lines.0.lock().unwrap();
        let (near, far) =
            (ledger.seconds(Duration::ZERO), ledger.seconds(Duration::from_millis(80)));
        println!("{language}: {ledger:?}, {near:.1} s, at 80 ms {far:.1} s");
        assert!(near <= 30.0 && far <= 90.0, "{language}: {ledger:?}, {near} s, {far} s");
        // The log-on is part of it.
        assert!(ledger.up <= 6 * 1024 && ledger.down <= 24 * 1024, "{language}: {ledger:?}");
        sim.stop().await.unwrap();
    }
}
