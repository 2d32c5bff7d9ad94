//! The loop over days, in minutes: a simulated cloud and its Windows under faults, and whether the loop kept its promises.
//!
//! World and loop share one thread and a clock that jumps to whatever is due next, so that every request is made and answered
//! by the real protocol, and no time passes in between. What was done is taken from the simulator's own record and never from
//! the loop's journal. Only the machine's own clock, by which requests are signed, does not jump.

mod account;
mod office;
mod trouble;

use std::time::{Duration, Instant};

use office::Office;
use trouble::{Chance, Struck, Trouble};

/// The day that CI lives through.
const SEED: u64 = 20_261_127;

#[test]
#[ignore = "a minute a day: RDPCTL_DAYS says how many, and .ci/step/endurance runs one"]
fn days_under_faults_break_no_promise() {
    let days = std::env::var("RDPCTL_DAYS").ok().and_then(|days| days.parse().ok()).unwrap_or(1);
    let seed = std::env::var("RDPCTL_SEED").ok().and_then(|seed| seed.parse().ok());
    lives(Duration::from_hours(24 * days), seed.unwrap_or(SEED));
}

/// Lives through so much, and says what was wrong.
fn lives(span: Duration, seed: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    // As `main` does; another test may have been faster.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let began = Instant::now();
    let account = tokio::task::LocalSet::new().block_on(&runtime, live(span, seed));
    println!("{}, in {} s of real time", account.summary(), began.elapsed().as_secs());
    let wrong = account.wrong();
    assert!(wrong.is_empty(), "seed {seed}:\n{}", wrong.join("\n"));
}

/// Goes on until the span is over, and then until everything had the time to heal.
async fn live(span: Duration, seed: u64) -> account::Account {
    let mut chance = Chance::from_seed(seed);
    let mut office = Office::open().await;
    office.settle().await;
    let ends = tokio::time::Instant::now() + span;
    let mut struck = Vec::new();
    while tokio::time::Instant::now() < ends {
        office.pass(chance.between(15, 80)).await;
        office.nobody_is_locked_out(&struck).await;
        if let Some(one) = strike(&mut office, &mut chance, &struck).await {
            struck.push(one);
        }
    }
    office.pass(Duration::from_hours(3)).await;
    office.nobody_is_locked_out(&struck).await;
    office.close(struck).await
}

/// One more thing goes wrong, where it can be told from what went wrong before.
async fn strike(office: &mut Office, chance: &mut Chance, before: &[Struck]) -> Option<Struck> {
    let trouble = chance.trouble();
    let now = office.now();
    let machine = trouble.is_of_a_machine().then(|| chance.machine());
    if let Some(machine) = machine {
        let is_fresh = before
            .iter()
            .rev()
            .any(|one| one.machine == Some(machine) && now.duration_since(one.at) < account::APART);
        // What comes back three times within a day is left alone by design, and so would this be.
        let often = before.iter().filter(|one| {
            one.machine == Some(machine)
                && one.trouble.facet() == trouble.facet()
                && now.duration_since(one.at) < jiff::SignedDuration::from_hours(25)
        });
        if is_fresh || often.count() >= 2 {
            return None;
        }
    }
    let struck = Struck { at: now, trouble, machine };
    match trouble {
        Trouble::Killed => office.kill().await,
        Trouble::Ended => office.end().await,
        Trouble::CloudDown | Trouble::CloudStumbles => office.cloud(trouble).await,
        Trouble::AgentAway => office.agent(machine?).await,
        Trouble::Stopped
        | Trouble::Closed
        | Trouble::Denied
        | Trouble::Disabled
        | Trouble::Weak => {
            office.strike(trouble, machine?).await;
        }
    }
    Some(struck)
}
