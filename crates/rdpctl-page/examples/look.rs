//! Writes the pages of a small estate to `target/page`, to be looked at in a browser.
//!
//! `cargo run -p rdpctl-page --example look`, then open `target/page/fleet.html`.

#![expect(clippy::unwrap_used, reason = "the estate is the tests' own")]

use std::path::Path;

use jiff::civil::date;
use rdpctl_page::{
    Banner, Day, Files, Health, Language, More, Provider, Request, Theme, View, Weight, respond,
};

#[path = "../tests/page/world.rs"]
#[expect(dead_code, reason = "the tests ask more of it")]
mod world;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/page");
    std::fs::create_dir_all(folder.join("static"))?;
    let mut view = world::World::usual().view();
    add_what_a_loop_knows(&mut view);
    for which in rdpctl_page::Which::ALL {
        let asset = rdpctl_page::asset(which);
        std::fs::write(folder.join("static").join(&asset.name), &asset.text)?;
    }
    for (place, address) in world::addresses(&view).into_iter().enumerate() {
        for (language, theme) in [
            (Language::English, Theme::Light),
            (Language::English, Theme::Dark),
            (Language::Korean, Theme::Light),
        ] {
            let (path, query) = address.split_once('?').unwrap_or((&address, ""));
            let request = Request { language, theme, ..Request::plain(path, query) };
            let page = respond(&view, &request, &More::Nothing);
            let html = String::from_utf8_lossy(&page.body).replace("\"/static/", "\"static/");
            let name: String = address
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
                .take(40)
                .collect();
            let name = format!("{place:02}{name}.{}.{}.html", language.code(), theme.name());
            std::fs::write(folder.join(name), html)?;
        }
    }
    Ok(())
}

fn add_what_a_loop_knows(view: &mut View) {
    view.history.days = (13..=26)
        .map(|day| Day {
            day: date(2026, 11, day),
            differ: usize::from(day.unsigned_abs()) * 3,
            unknown: 19,
        })
        .collect();
    view.health = Health {
        holder: Some("ops-01".to_owned()),
        up_since: Some("2026-11-14T00:00:00Z".parse().unwrap_or_default()),
        files: Some(Files {
            watched: vec!["/etc/rdpctl".to_owned()],
            sources: 11,
            at: view.at,
            commit: Some("4e1f2a9".to_owned()),
            pulled: Some(view.at),
            refused: None,
        }),
        providers: vec![Provider {
            name: "gz".to_owned(),
            breaker: rdpctl_page::Breaker::Closed,
            answered: Some(view.at),
            error: None,
            machines: 10_000,
            every: Some(900),
            of_quota: Some(0.21),
        }],
        ..Health::default()
    };
    view.banners = vec![Banner {
        weight: Weight::Unknown,
        says: rdpctl_model::Said::quoted("hk answers 500 InternalError."),
        means: rdpctl_model::Said::quoted(
            "What it hides is as old as it is. It is asked again in 40 s.",
        ),
        since: Some(view.at),
        quote: String::new(),
    }];
}
