//! Four machines in a simulated cloud, a loop that keeps them reachable, and the hatch through which things go wrong.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rdpctl_contract::Clock;
use rdpctl_engine::lease::Here;
use rdpctl_sim::{Lives, Sim, SimOptions, World};
use rdpctl_watch::{
    Event, Fresh, Pace, Removal, Revision, Settings, Signals, Source, Unreadable, Until, Watch,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::account::{Account, Deed, HEALED, Told};
use super::trouble::{MACHINES, Struck, Trouble};
use crate::arguments::{Place, Trusted};
use crate::session::Session;
use crate::wiring::Simulated;

/// The simulated day's clock, which jumps with the runtime's.
struct Jumping {
    origin: Timestamp,
    began: Instant,
}

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        self.origin + SignedDuration::try_from(self.began.elapsed()).unwrap()
    }

    fn uptime(&self) -> Duration {
        Duration::from_hours(1) + self.began.elapsed()
    }
}

/// A declaration that stays as it is.
struct Settled {
    session: Arc<Session>,
    place: Place,
}

#[async_trait(?Send)]
impl Source for Settled {
    async fn read(&mut self) -> Result<Fresh, Unreadable> {
        let (declaration, estate, hands) = self
            .session
            .anew(&self.place)
            .await
            .map_err(|error| Unreadable(error.message().to_owned()))?;
        let (estate, looping) = (Arc::new(estate), declaration.run);
        let accepts = declaration.accepts.as_slice().into();
        let in_hands = crate::repair::seen::Beside::of(&self.session, &estate);
        Ok(Fresh {
            estate,
            hands,
            revision: Revision::default(),
            looping,
            accepts,
            in_hands: Arc::new(in_hands),
        })
    }

    async fn changed(&mut self) {
        std::future::pending::<()>().await;
    }
}

/// All of it.
pub(super) struct Office {
    _folder: tempfile::TempDir,
    session: Arc<Session>,
    place: Place,
    hatch: String,
    http: reqwest::Client,
    told: Arc<Mutex<Vec<Told>>>,
    wrong: Vec<String>,
    running: Option<(JoinHandle<()>, CancellationToken)>,
}

fn world() -> String {
    let mut world = String::from(
        "[world]\nseed = 7\n\n[account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nnetwork-account-type = \"STANDARD\"\n",
    );
    for (number, name) in MACHINES.iter().enumerate() {
        world.push_str(&format!(
            "\n[vm.{name}]\naccount = \"gz\"\nid = \"ins-0endur{number:02}\"\nzone = \"ap-guangzhou-3\"\naddress = \"eip\"\n\
             bandwidth = 5\nsecurity-groups = [\"sg-endur0{number:02}\"]\nguest.os = \"2022\"\n\n\
             [security-group.sg-endur0{number:02}]\naccount = \"gz\"\nname = \"{name}\"\n\
             ingress = [\"ACCEPT tcp 3389 198.51.100.0/24\"]\negress = [\"ACCEPT all all 0.0.0.0/0\"]\n"
        ));
    }
    world
}

fn declaration() -> String {
    let mut declared = String::from(
        "[run]\nmode = \"enforce\"\n\n[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
         [profile.office]\nextends = \"standard\"\ningress = { from = [\"198.51.100.0/24\"] }\n\n\
         [guard]\nreboot = \"allow\"\nspend = \"deny\"\n",
    );
    for (number, name) in MACHINES.iter().enumerate() {
        declared.push_str(&format!(
            "\n[instance.{name}]\nprovider = \"gz\"\nid = \"ins-0endur{number:02}\"\nprofile = \"office\"\nsnapshot = {{ first = false }}\n"
        ));
    }
    declared
}

impl Office {
    pub(super) async fn open() -> Self {
        let memory = std::path::Path::new("/dev/shm");
        // Where a disk is waited for, real time would pass.
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let folder = folder.unwrap();
        let (described, declared) =
            (folder.path().join("world.toml"), folder.path().join("rdp.toml"));
        std::fs::write(&described, world()).unwrap();
        std::fs::write(&declared, declaration()).unwrap();
        let origin = Timestamp::now();
        let options = SimOptions { lives: Lives::WithCaller, ..SimOptions::default() };
        let running = Sim::start(World::load(&described).unwrap(), options).await.unwrap();
        let hatch = running.endpoints().tencent.trim_end_matches('/').to_owned();
        let place = Place {
            paths: vec![declared],
            state: None,
            sim: Some(described),
            trusted: Trusted::default(),
        };
        let clock = Arc::new(Jumping { origin, began: Instant::now() });
        let session = Session::in_world(&place, Simulated::serving(running), clock).await.unwrap();
        let mut office = Self {
            _folder: folder,
            session: Arc::new(session),
            place,
            hatch,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            told: Arc::default(),
            wrong: Vec::new(),
            running: None,
        };
        office.start().await;
        office
    }

    pub(super) fn now(&self) -> Timestamp {
        self.session.clock.now()
    }

    /// Starts a loop.
    async fn start(&mut self) {
        let mut source = Settled { session: Arc::clone(&self.session), place: self.place.clone() };
        let first = source.read().await.unwrap();
        let (events, mut inbox) = mpsc::unbounded_channel();
        let (shows, _judged) = tokio::sync::watch::channel(None);
        let stop = CancellationToken::new();
        let watch = Watch {
            source,
            store: Arc::clone(&self.session.store),
            clock: Arc::clone(&self.session.clock),
            here: Here::look("ana".to_owned(), "run".to_owned()),
            settings: Settings {
                pace: Pace { clouds: Duration::from_mins(1), machines: Duration::from_mins(15) },
                until: Until::Stopped,
                removal: Removal::HeldBack,
            },
            signals: Signals::default(),
            shows,
            events,
            stop: stop.clone(),
        };
        let (told, clock) = (Arc::clone(&self.told), Arc::clone(&self.session.clock));
        tokio::spawn(async move {
            while let Some(event) = inbox.recv().await {
                told.lock().unwrap_or_else(PoisonError::into_inner).push((clock.now(), event));
            }
        });
        let task = tokio::task::spawn_local(async move {
            let ended = Box::pin(watch.run(first)).await;
            assert!(ended.is_ok(), "{ended:?}");
        });
        self.running = Some((task, stop));
    }

    /// The loop ends after the step in hand, and another one begins.
    pub(super) async fn end(&mut self) {
        let (task, stop) = self.running.take().unwrap();
        stop.cancel();
        task.await.unwrap();
        self.start().await;
    }

    /// The loop is gone from one moment to the next, and another one begins.
    pub(super) async fn kill(&mut self) {
        let (task, _stop) = self.running.take().unwrap();
        task.abort();
        let _killed = task.await;
        self.start().await;
    }

    /// Lets the loop mend what is not as declared from the beginning.
    pub(super) async fn settle(&mut self) {
        self.pass(Duration::from_hours(1)).await;
        let all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_ready = |(_, event): &Told| matches!(event, Event::Ready { .. });
        assert!(all.iter().any(is_ready), "it never became ready: {all:#?}");
    }

    pub(super) async fn pass(&mut self, span: Duration) {
        tokio::time::sleep(span).await;
        let (task, _) = self.running.as_ref().unwrap();
        assert!(!task.is_finished(), "the loop ended by itself");
    }

    async fn ask(&self, what: &str, body: &Value) -> Value {
        ask(&self.http, &self.hatch, what, body).await
    }

    /// Something happens to a machine.
    pub(super) async fn strike(&self, trouble: Trouble, machine: &'static str) {
        const SERVER: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";
        let lines = match trouble {
            Trouble::Denied => {
                vec![format!(r#"reg add "{SERVER}" /v fDenyTSConnections /t REG_DWORD /d 1 /f"#)]
            }
            Trouble::Weak => vec![format!(
                r#"reg add "{SERVER}\WinStations\RDP-Tcp" /v UserAuthentication /t REG_DWORD /d 0 /f"#
            )],
            Trouble::Disabled => vec![
                "sc config TermService start= disabled".to_owned(),
                "net stop TermService /y".to_owned(),
            ],
            Trouble::Stopped => {
                self.ask("power", &json!({ "vm": machine, "state": "stopped" })).await;
                Vec::new()
            }
            Trouble::Closed => {
                let number = MACHINES.iter().position(|one| *one == machine).unwrap();
                let group = format!("sg-endur0{number:02}");
                self.ask("group", &json!({ "group": group, "ingress": [] })).await;
                Vec::new()
            }
            Trouble::AgentAway
            | Trouble::CloudDown
            | Trouble::CloudStumbles
            | Trouble::Killed
            | Trouble::Ended => Vec::new(),
        };
        for line in lines {
            let ran = self.ask("run", &json!({ "vm": machine, "command": line })).await;
            assert_eq!(ran["exit"], 0, "{line}: {ran}");
        }
    }

    /// A machine's agent goes away, and comes back by itself.
    pub(super) async fn agent(&self, machine: &'static str) {
        let set = |agent: &str| json!({ "vm": machine, "agent": agent });
        self.ask("agent", &set("offline")).await;
        let (http, hatch, back) = (self.http.clone(), self.hatch.clone(), set("online"));
        tokio::task::spawn_local(async move {
            tokio::time::sleep(Trouble::AgentAway.lasts()).await;
            ask(&http, &hatch, "agent", &back).await;
        });
    }

    /// The cloud does not serve as it should, and does again after a while.
    pub(super) async fn cloud(&self, trouble: Trouble) {
        let faults = if trouble == Trouble::CloudDown {
            json!({ "error": [{ "action": "*", "code": "InternalError" }] })
        } else {
            json!({ "reset": [{ "action": "*", "every": 7, "after-effect": true }] })
        };
        self.ask("faults", &faults).await;
        let (http, hatch) = (self.http.clone(), self.hatch.clone());
        tokio::task::spawn_local(async move {
            tokio::time::sleep(trouble.lasts()).await;
            ask(&http, &hatch, "faults", &json!({})).await;
        });
    }

    /// Whoever was not struck within the last hours can be reached, by the world's own word.
    pub(super) async fn nobody_is_locked_out(&mut self, struck: &[Struck]) {
        let now = self.now();
        for machine in MACHINES {
            let troubled = struck.iter().rev().any(|one| {
                now.duration_since(one.at) < HEALED
                    && one.machine.is_none_or(|struck| struck == machine)
            });
            if troubled {
                continue;
            }
            let path = json!({ "vm": machine, "port": 3389, "from": "198.51.100.7" });
            let way = self.ask("path", &path).await;
            if way["open"] != true {
                self.wrong.push(format!("{now}: nobody reaches {machine}: {way}"));
            }
        }
    }

    /// Ends the loop, and takes account.
    pub(super) async fn close(mut self, struck: Vec<Struck>) -> Account {
        let (task, stop) = self.running.take().unwrap();
        stop.cancel();
        task.await.unwrap();
        let deeds = self.ask("deeds", &json!({ "from": 0 })).await;
        let deeds: Vec<Deed> = serde_json::from_value(deeds["deeds"].clone()).unwrap();
        let told = std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner));
        Account { struck, told, deeds, wrong: self.wrong }
    }
}

async fn ask(http: &reqwest::Client, hatch: &str, what: &str, body: &Value) -> Value {
    let asked = http.post(format!("{hatch}/__sim/{what}")).body(body.to_string()).send().await;
    let answer = asked.unwrap();
    assert!(answer.status().is_success(), "{what}: {}", answer.status());
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}
