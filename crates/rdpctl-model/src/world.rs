//! Sets of worlds, and one value for each: cloud, guest and outside are looked at and dated apart.

use serde::{Deserialize, Serialize};

use crate::facet::World;

impl World {
    /// How many there are.
    pub const COUNT: usize = 3;

    /// All of them, from the account inwards and out again.
    pub const ALL: [Self; Self::COUNT] = [Self::Cloud, Self::Guest, Self::Outside];

    /// The name in reports and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Guest => "guest",
            Self::Outside => "outside",
        }
    }
}

/// Some of the worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Worlds(u8);

impl Worlds {
    /// All three.
    pub const ALL: Self = Self::of(&World::ALL);

    /// These.
    #[must_use]
    pub const fn of(worlds: &[World]) -> Self {
        let mut set = 0;
        let mut place = 0;
        while place < worlds.len() {
            set |= 1 << worlds[place] as u8;
            place += 1;
        }
        Self(set)
    }

    /// Whether one is among them.
    #[must_use]
    pub const fn has(self, world: World) -> bool {
        self.0 & (1 << world as u8) != 0
    }

    /// Whether all of the others are among them.
    #[must_use]
    pub const fn include(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }
}

/// One value per world.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct WorldMap<T>([T; World::COUNT]);

impl<T> WorldMap<T> {
    /// Builds the map by asking for each world.
    pub fn from_fn(mut of: impl FnMut(World) -> T) -> Self {
        Self(World::ALL.map(&mut of))
    }

    /// The values alone, in order, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }

    /// Worlds with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (World, &T)> {
        World::ALL.into_iter().zip(&self.0)
    }
}

impl<T> std::ops::Index<World> for WorldMap<T> {
    type Output = T;
    fn index(&self, world: World) -> &T {
        &self.0[world as usize]
    }
}

impl<T> std::ops::IndexMut<World> for WorldMap<T> {
    fn index_mut(&mut self, world: World) -> &mut T {
        &mut self.0[world as usize]
    }
}
