//! One probe at a time for one address.
//!
//! A listener's queue is short, and the limit is the listener's, whoever asks in this process: hence one table for all.
//! The key has the port in it, since many machines may stand behind one address.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

static TURNS: LazyLock<Mutex<HashMap<SocketAddr, Weak<Turn<()>>>>> = LazyLock::new(Mutex::default);

/// The right to probe an address, until dropped.
pub(super) struct Held {
    address: SocketAddr,
    turn: Option<OwnedMutexGuard<()>>,
}

/// Waits for the turn of an address.
pub(super) async fn hold(address: SocketAddr) -> Held {
    let turn = {
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&address).and_then(Weak::upgrade) {
            turn
        } else {
            let turn = Arc::new(Turn::new(()));
            turns.insert(address, Arc::downgrade(&turn));
            turn
        }
    };
    Held { address, turn: Some(turn.lock_owned().await) }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        self.turn = None;
        if turns.get(&self.address).is_some_and(|turn| turn.strong_count() == 0) {
            turns.remove(&self.address);
        }
    }
}
