//! Who may make rdpctl do what: a declaration asks, a person grants, and what nobody granted is a gap.
//!
//! Pure: [`wishes`] reads out of a declaration all that its author may not give himself, [`Grants`] is the file that a
//! person keeps outside of it, and [`Closed`] is what stays shut. No file is opened here, no name is resolved and no
//! account is asked; what the outside knows comes in as [`Ground`].

mod ask;
mod closed;
mod grants;
mod links;
mod matching;
mod pattern;
mod receiver;
mod sentence;
mod tables;
mod token;
mod wishes;
mod wrong;

pub use ask::{Ask, By, Identity, Why, Wish};
pub use closed::Closed;
pub use grants::Grants;
pub use links::settle;
pub use receiver::{Over, Receiver, Wire};
pub use sentence::{grant, sentence};
pub use token::Token;
pub use wishes::{Ground, host_of, wishes};
pub use wrong::GrantsError;
