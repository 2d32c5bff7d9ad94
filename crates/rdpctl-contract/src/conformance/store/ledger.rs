//! What was made.

use rdpctl_model::outcome::{Created, CreatedKind, JournalSubject, Receipt};
use rdpctl_model::{ProviderName, ResourceId, RunId};

use super::samples::{acquire, at, done, instance, name, plan, run};
use crate::store::{Author, Made, Store};

fn made(kind: CreatedKind, id: &str) -> Created {
    Created { kind, provider: ProviderName::new("gz"), id: ResourceId::new(id) }
}

/// With the journal, in one write; forgetting an instance does not disown what was made for it.
pub async fn what_receipts_say_was_made_is_ours_until_it_is_given_back(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    store.begin(&run("r1", &token), &plan()).await.unwrap();
    let receipt = |created| Receipt { created: Some(created), ..Receipt::default() };
    let (address, rule) =
        (made(CreatedKind::Address, "eip-1"), made(CreatedKind::Rule, "sg-1/3389"));
    let mut entries =
        [done(0, "web-01", receipt(address.clone())), done(1, "sg-1", receipt(rule.clone()))];
    let group = JournalSubject::Shared {
        provider: ProviderName::new("gz"),
        object: ResourceId::new("sg-1"),
    };
    entries[1].subject = group.clone();
    let run = RunId::new("r1");
    store.journal(&token, &run, &entries).await.unwrap();
    // Told twice, as after a resume: still one object.
    store.journal(&token, &run, &entries[..1]).await.unwrap();
    let at = at("2026-11-22T01:00:01.5Z");
    let address = Made { subject: instance("web-01"), created: address, at };
    let rule = Made { subject: group, created: rule, at };
    assert_eq!(store.created().await.unwrap(), [address.clone(), rule.clone()]);
    store.forget(&Author::Looker, &[name("web-01")]).await.unwrap();
    store.released(&Author::Run(token), &rule.created).await.unwrap();
    assert_eq!(store.created().await.unwrap(), [address]);
}

/// What is asked for and lost with its answer must not be lost to us.
pub async fn what_is_entered_before_it_is_made_counts_as_ours(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    let first = at("2026-11-22T01:00:00Z");
    let snapshot = Made {
        subject: instance("web-01"),
        created: made(CreatedKind::Snapshot, "token-1"),
        at: first,
    };
    let by = Author::Run(token);
    store.enter(&by, &snapshot).await.unwrap();
    let again = Made { at: at("2026-11-22T02:00:00Z"), ..snapshot.clone() };
    store.enter(&by, &again).await.unwrap();
    assert_eq!(store.created().await.unwrap(), [snapshot]);
}

/// Whoever looks beside a run makes things for a call, too, and is not hindered by the run's lease.
pub async fn whoever_looks_enters_what_it_makes_for_a_call(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    let command = Made {
        subject: instance("web-01"),
        created: made(CreatedKind::RunCommand, "vm/runCommands/rdpctl-1"),
        at: at("2026-11-22T01:00:00Z"),
    };
    store.enter(&Author::Looker, &command).await.unwrap();
    assert_eq!(store.created().await.unwrap(), std::slice::from_ref(&command));
    store.released(&Author::Run(token), &command.created).await.unwrap();
    assert_eq!(store.created().await.unwrap(), []);
}
