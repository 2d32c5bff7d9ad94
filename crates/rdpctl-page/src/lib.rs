//! The page and the reports for a browser: a snapshot and a request in, bytes out.
//!
//! Nothing here reads a file, asks a clock or knows HTTP beyond a status and headers. [`Html`] holds markup and has one
//! way in; every number and word comes from [`View`], and each page is made of one value, as HTML and as JSON.

mod address;
mod assets;
mod clock;
mod deed;
mod digest;
mod html;
mod id;
mod marks;
mod pages;
mod parts;
mod place;
mod query;
mod reports;
mod request;
mod respond;
mod session;
mod sheet;
mod since;
mod standing;
mod view;
mod visitor;
mod words;

pub use address::Href;
pub use assets::{Asset, Which, asset, find, icon};
pub use deed::{Decision, Deed, Says, Sent, Steer, sent};
pub use html::{Element, Html, el};
pub use id::Id;
pub use pages::Moved;
pub use rdpctl_model::accept::{Accepted, Accepts};
pub use reports::{Doctor, Drift, Gone, doctor, drift};
pub use request::{Form, GroupBy, Keys, Look, Page, Query, Request, Sort, Theme};
pub use respond::{Response, Trouble, file, respond, session, stale, trouble};
pub use session::Welcome;
pub use since::Since;
pub use standing::{Alarms, Numbers, Standing};
pub use view::{
    Answered, Banner, Binding, Breaker, Breaks, Cause, Day, Detail, Difference, Files, Healed,
    Health, HeldLine, History, Holder, Hook, Machine, Mode, More, Need, Next, Nobody, Notes,
    OfFacet, Opening, Orphan, Past, Pause, Provider, Return, Role, Row, RunLine, Seen, Silence,
    Stands, StepLine, StepWords, Suspect, Tally, Telling, Told, Turnings, View, Waits, Wanted,
    Weight, Whose, line, need, tally,
};
pub use visitor::Visitor;
pub use words::{Language, Words, grouped, words};
