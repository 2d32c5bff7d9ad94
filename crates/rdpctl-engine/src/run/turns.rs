//! Turns under way: a guest is in one turn at a time, and its room among the disrupted is kept until that is over.

use std::collections::HashMap;

use super::disruption::Place;
use super::roster::{Cell, Machine};

/// Turns that are not over.
#[derive(Default)]
pub(crate) struct Turns {
    under_way: HashMap<usize, UnderWay>,
    of_cell: HashMap<Cell, usize>,
    begun: usize,
}

/// A turn that is not over: what is left of it, the guest that is kept from others meanwhile, and its room.
struct UnderWay {
    cells: usize,
    guest: Option<Machine>,
    room: Option<Place>,
}

impl Turns {
    pub(crate) fn begin(&mut self, cells: &[Cell], guest: Option<Machine>, room: Option<Place>) {
        if guest.is_none() && room.is_none() {
            return;
        }
        self.begun += 1;
        self.under_way.insert(self.begun, UnderWay { cells: cells.len(), guest, room });
        self.of_cell.extend(cells.iter().map(|cell| (*cell, self.begun)));
    }

    /// Takes away the room of the turn to which a cell belongs.
    pub(crate) fn room(&mut self, cell: Cell) -> Option<Place> {
        self.under_way.get_mut(self.of_cell.get(&cell)?)?.room.take()
    }

    /// A cell is over; with the last of them its turn is, and its room is free. Gives the guest that is free then.
    pub(crate) fn end(&mut self, cell: Cell) -> Option<Machine> {
        let turn = self.of_cell.remove(&cell)?;
        let under_way = self.under_way.get_mut(&turn)?;
        under_way.cells = under_way.cells.saturating_sub(1);
        if under_way.cells > 0 {
            return None;
        }
        self.under_way.remove(&turn)?.guest
    }
}
