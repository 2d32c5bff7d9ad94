//! A transport without a wire: scripts run at once in one simulated guest, as SYSTEM, in its OEM code page.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::channel::{
    Ask, Channel, ChannelError, CheckAsk, Finding, GuestTarget, Order, Questions,
};
use rdpctl_guest::script::{Form, Script};
use rdpctl_model::guest::{ChannelKind, GuestSurvey};
use rdpctl_model::outcome::Receipt;
use rdpctl_model::step::Check;
use rdpctl_model::tariff::ChannelTariff;
use rdpctl_model::{GuestAction, InstanceName, ResourceId};
use rdpctl_providers::channel::dialect::{Carrier, Dialect, Load, Looks, RawReply};
use rdpctl_sim::guest::{Command, Ctx, Guest, GuestSpec, Template};
use tokio_util::sync::CancellationToken;

/// 2026-05-02 03:11:22 UTC.
const START: u64 = 1_777_691_482_000;

/// The machine's GUID, which names its key file.
pub(crate) const KEY: &str =
    "f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db";

/// One guest and its clock.
pub(crate) struct Inside {
    guest: Mutex<(Guest, u64)>,
    form: Form,
    looks: Looks,
}

#[async_trait]
impl Carrier for Inside {
    fn kind(&self) -> ChannelKind {
        ChannelKind::RunCommand
    }

    fn form(&self) -> Form {
        self.form
    }

    fn looks(&self) -> &Looks {
        &self.looks
    }

    async fn carry(
        &self,
        loads: Vec<Load>,
        _: &CancellationToken,
    ) -> Vec<Vec<Result<RawReply, ChannelError>>> {
        let run = |load: Load| load.targets.iter().map(|_| Ok(self.run(&load.script))).collect();
        loads.into_iter().map(run).collect()
    }

    fn tariff(&self) -> ChannelTariff {
        ChannelTariff::default()
    }

    fn guests_per_trip(&self) -> usize {
        1
    }
}

impl Inside {
    fn guest(&self) -> MutexGuard<'_, (Guest, u64)> {
        self.guest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, script: &Script) -> RawReply {
        let commands: Vec<Command> = match script {
            // The service's own interpreter puts the variable's value in.
            Script::Lines(lines) => lines
                .iter()
                .map(|line| Command::Line(line.replace("%SystemRoot%", r"C:\Windows")))
                .collect(),
            Script::File(text) | Script::Registered(text) => vec![Command::File(text.clone())],
        };
        let mut reply = RawReply::default();
        let (guest, now) = &mut *self.guest();
        for command in commands {
            let output = guest.run(&command, &Ctx::system(*now));
            *now += u64::try_from(output.took.as_millis()).unwrap_or(u64::MAX);
            reply.stdout.extend(output.stdout);
            reply.exit = Some(output.exit);
        }
        if let Form::Packed { reply: limit } = self.form {
            reply.stdout.truncate(limit);
        }
        reply
    }
}

/// A guest of a described world, behind the dialect.
pub(crate) fn guest(world: &str, form: Form) -> Dialect<Inside> {
    looked_into(world, form, Looks::Any)
}

/// The same, looked into by such scripts.
pub(crate) fn looked_into(world: &str, form: Form, looks: Looks) -> Dialect<Inside> {
    let spec: GuestSpec = toml::from_str(world).expect("a world");
    let template = Template::build(&spec, 7).expect("a template");
    let mut guest = Guest::new(template, "web-01", "c5d2b969-b61a-4159-8f78-6391a1c805db");
    guest.on_power_on(START - 3_600_000);
    Dialect::new(Inside { guest: Mutex::new((guest, START)), form, looks })
}

/// Lets time pass in the guest; a reboot that it asked for happens meanwhile.
pub(crate) fn pass(dialect: &Dialect<Inside>, time: Duration) {
    let (guest, now) = &mut *dialect.carrier().guest();
    *now += u64::try_from(time.as_millis()).unwrap_or(0);
    if guest.reboot_requested().is_some_and(|at| at <= *now) {
        guest.on_power_off(*now);
        guest.on_power_on(*now);
    }
    guest.tick(*now);
}

/// What one command prints, for facts that no survey holds.
pub(crate) fn said(dialect: &Dialect<Inside>, line: &str) -> String {
    let reply = dialect.carrier().run(&Script::Lines(vec![line.to_owned()]));
    String::from_utf8_lossy(&reply.stdout).into_owned()
}

fn target() -> GuestTarget {
    GuestTarget {
        instance: InstanceName::new("web-01"),
        id: ResourceId::new("ins-1"),
        host: None,
        access: Arc::default(),
    }
}

/// A survey, or why there is none.
pub(crate) async fn observe(dialect: &Dialect<Inside>) -> Result<GuestSurvey, ChannelError> {
    let questions =
        Questions { ports: BTreeSet::from([3389, 3390]), pinned: None, ..Questions::default() };
    observe_with(dialect, questions).await
}

/// The same, asked this.
pub(crate) async fn observe_with(
    dialect: &Dialect<Inside>,
    questions: Questions,
) -> Result<GuestSurvey, ChannelError> {
    let within = Duration::from_mins(1);
    let ask = Ask { target: target(), questions: Arc::new(questions), within };
    let mut answers = dialect.answer(vec![ask], &CancellationToken::new()).await;
    answers.pop().expect("an answer")
}

/// What becomes of an order of some actions.
pub(crate) async fn order(
    dialect: &Dialect<Inside>,
    actions: &[GuestAction],
) -> Result<Vec<Receipt>, ChannelError> {
    let within = Duration::from_mins(10);
    let order =
        Order { target: target(), actions: actions.to_vec(), token: "run-1".to_owned(), within };
    let mut outcomes = dialect.perform(vec![order], &CancellationToken::new()).await;
    outcomes.pop().expect("an outcome")
}

/// What is found for some checks.
pub(crate) async fn check(dialect: &Dialect<Inside>, checks: Vec<Check>) -> Vec<Finding> {
    let ask = CheckAsk { target: target(), checks, within: Duration::from_mins(1) };
    let mut findings = dialect.check(vec![ask], &CancellationToken::new()).await;
    findings.pop().expect("findings").expect("answers")
}
