//! The way of a connection as a picture: whole up to where it is cut, dotted beyond; broad, and upright for a phone.

use rdpctl_model::facet::World;

use super::stations::{HANDSHAKE, Station, Way};
use crate::address::Href;
use crate::html::{Element, Html, el};
use crate::id::Id;
use crate::marks::Mark;
use crate::words::Words;

/// Between two stations, broad.
const STEP: f64 = 67.0;
/// Where the reader stands, broad.
const START: f64 = 52.0;
/// The height of the way, broad.
const LINE: f64 = 112.0;
/// Between two stations, upright.
const ROW: f64 = 32.0;

/// Both pictures; the style sheet shows one.
pub(crate) fn picture(words: &Words, way: &Way, from: &str, place: &str) -> Html {
    Html::from(
        el("section")
            .class("panel")
            .a("aria-label", words.get("picture.title"))
            .c(broad(words, way, from, place))
            .c(upright(words, way, from)),
    )
}

/// What a picture shows, for those who do not see it.
fn told(words: &Words, way: &Way) -> String {
    let named = |mark: &[Mark]| {
        let names: Vec<&str> = way
            .stations
            .iter()
            .filter(|one| mark.contains(&one.mark))
            .map(|one| words.facet(one.facet))
            .collect();
        names.join(", ")
    };
    let mut parts = Vec::new();
    if let Some(cut) = way.cut {
        let facet = words.facet(way.stations[cut].facet);
        parts.push(words.fill("picture.cut", &[("facet", facet)]));
    }
    for (marks, key) in [
        (&[Mark::Bad, Mark::Stop][..], "picture.differ"),
        (&[Mark::Dim][..], "picture.unknown"),
        (&[Mark::Good][..], "picture.healthy"),
    ] {
        let names = named(marks);
        if !names.is_empty() {
            parts.push(words.fill(key, &[("facets", &names)]));
        }
    }
    parts.join(" ")
}

#[expect(clippy::cast_precision_loss, reason = "there are sixteen stations")]
fn x(place: usize) -> f64 {
    START + STEP * (place as f64 + 1.0)
}

fn broad(words: &Words, way: &Way, from: &str, place: &str) -> Element {
    let (title, about) = (Id::fixed("way-title"), Id::fixed("way-about"));
    let world = |from: usize, to: usize, name: String| {
        Html::from(
            el("rect")
                .n("x", x(from) - 32.0)
                .n("y", 22)
                .n("width", x(to) - x(from) + 64.0)
                .n("height", 194)
                .n("rx", 8)
                .class("f-wash"),
        )
        .and(el("text").class("h").n("x", x(from) - 24.0).n("y", 40).c(name))
    };
    let mut svg = el("svg")
        .class("chain wide")
        .a("viewBox", "0 0 1220 226")
        .a("role", "group")
        .a("aria-labelledby", "way-title way-about")
        .c(el("title").id(&title).c(words.get("picture.title")))
        .c(el("desc").id(&about).c(told(words, way)))
        .c(world(0, 3, place.to_owned()))
        .c(world(4, 12, words.world(World::Guest).to_owned()));
    let reach = if way.whole == 0 { START + 12.0 } else { x(way.whole - 1) };
    let end = x(way.stations.len() - 1);
    svg = svg.c(line(format!("M{} {LINE}H{reach}", START + 12.0), "s-good", Whole::Yes));
    if way.whole < way.stations.len() {
        svg = svg.c(line(format!("M{reach} {LINE}H{end}"), "s-edge", Whole::No));
    }
    if let Some(cut) = way.cut {
        svg = svg.c(el("rect")
            .n("x", x(cut) - 22.0)
            .n("y", 90)
            .n("width", 44)
            .n("height", 44)
            .n("rx", 10)
            .class("f-badwash"));
    }
    for (place, one) in way.stations.iter().enumerate() {
        svg = svg.c(station(words, one, x(place), Side::of(place)));
    }
    svg = svg.c(reader(words, from));
    for (place, one) in way.beside.iter().enumerate() {
        let at = if place == 0 { x(12) } else { x(7) };
        svg = svg.c(hanging(words, one, at));
    }
    if let Some(first) = way.first {
        svg = svg
            .c(el("rect")
                .n("x", x(first) - 44.0)
                .n("y", 180)
                .n("width", 88)
                .n("height", 20)
                .n("rx", 10)
                .class("f-bad"))
            .c(text("pill", x(first), 194.0, "middle", words.get("picture.first")));
    }
    svg
}

/// On which side of the line a station's words stand.
#[derive(Clone, Copy)]
enum Side {
    Above,
    Below,
}

impl Side {
    const fn of(place: usize) -> Self {
        if place.is_multiple_of(2) { Self::Above } else { Self::Below }
    }
}

/// Whether a line is whole.
enum Whole {
    Yes,
    No,
}

fn line(d: String, class: &'static str, whole: Whole) -> Element {
    let path = el("path").a("d", d).class(class).a("fill", "none").a("stroke-linecap", "round");
    match whole {
        Whole::Yes => path.n("stroke-width", 5),
        Whole::No => path.n("stroke-width", 3).a("stroke-dasharray", "2 7"),
    }
}

fn text(class: &'static str, x: f64, y: f64, anchor: &'static str, says: &str) -> Element {
    el("text").class(class).n("x", x).n("y", y).a("text-anchor", anchor).c(says)
}

/// Classes of a station's name and value, by its mark.
const fn classes(mark: Mark) -> (&'static str, &'static str) {
    match mark {
        Mark::Shut | Mark::Bad => ("b f-badtext", "v f-badtext"),
        Mark::Dim => ("b f-dimtext", "v f-dimtext"),
        Mark::Stop | Mark::Follows => ("b", "v"),
        Mark::Good
        | Mark::None
        | Mark::Wait
        | Mark::Later
        | Mark::Run
        | Mark::Open
        | Mark::Kept
        | Mark::Tick
        | Mark::Loop => ("", "v"),
    }
}

fn station(words: &Words, one: &Station, x: f64, side: Side) -> Element {
    let (name, value) = classes(one.mark);
    let (first, second) = match side {
        Side::Above => (78.0, 92.0),
        Side::Below => (154.0, 168.0),
    };
    el("a")
        .href(&Href::anchor(&Id::fixed(one.facet.name())))
        .c(el("circle").n("cx", x).n("cy", LINE).n("r", 13).class("f-surface"))
        .c(one.mark.at(x - 10.0, LINE - 10.0, 20.0))
        .c(text(name, x, first, "middle", words.facet(one.facet)))
        .c(text(value, x, second, "middle", &one.value))
}

fn hanging(words: &Words, one: &Station, x: f64) -> Element {
    el("a")
        .href(&Href::anchor(&Id::fixed(one.facet.name())))
        .c(el("path")
            .a("d", format!("M{x} 128V180"))
            .class("s-edge")
            .a("stroke-width", "1.5")
            .a("fill", "none"))
        .c(one.mark.at(x - 10.0, 182.0, 20.0))
        .c(text("b", x - 16.0, 191.0, "end", words.facet(one.facet)))
        .c(text("v", x - 16.0, 205.0, "end", &one.value))
}

/// Who comes from where; below the line, as the first station's words stand above it.
fn reader(words: &Words, from: &str) -> Html {
    screen(START - 14.0, 101.0)
        .and(text("b", START - 2.0, 154.0, "middle", words.get("picture.from")))
        .and(text("v", 4.0, 168.0, "start", &super::stations::shorten(from, 15)))
}

fn screen(x: f64, y: f64) -> Html {
    Html::from(
        el("rect")
            .n("x", x)
            .n("y", y)
            .n("width", 24)
            .n("height", 16)
            .a("rx", "2.5")
            .a("fill", "none")
            .class("s-link")
            .n("stroke-width", 2),
    )
    .and(
        el("path")
            .a("d", format!("M{} {}h12", x + 6.0, y + 21.0))
            .class("s-link")
            .n("stroke-width", 2)
            .a("stroke-linecap", "round"),
    )
}

#[expect(clippy::cast_precision_loss, reason = "there are sixteen stations")]
fn y(place: usize) -> f64 {
    // Room for the heading of the guest, and again behind it.
    let more = if place >= HANDSHAKE {
        56.0
    } else if place >= 4 {
        28.0
    } else {
        0.0
    };
    82.0 + ROW * place as f64 + more
}

fn upright(words: &Words, way: &Way, from: &str) -> Element {
    let stations = way.stations.len();
    let height = y(stations - 1) + 26.0 + 32.0 * if way.beside.is_empty() { 0.0 } else { 2.0 };
    let world = |from: usize, to: usize, name: &str| {
        Html::from(
            el("rect")
                .n("x", 48)
                .n("y", y(from) - 42.0)
                .n("width", 310)
                .n("height", y(to) - y(from) + 60.0)
                .n("rx", 8)
                .class("f-wash"),
        )
        .and(el("text").class("h").n("x", 60).n("y", y(from) - 25.0).c(name))
    };
    let reach = if way.whole == 0 { 34.0 } else { y(way.whole - 1) };
    let mut svg = el("svg")
        .class("chain narrow")
        .a("viewBox", format!("0 0 360 {height}"))
        .a("role", "img")
        .a("aria-label", format!("{}. {}", words.get("picture.title"), told(words, way)))
        .c(world(0, 3, words.world(World::Cloud)))
        .c(world(4, 12, words.world(World::Guest)))
        .c(line(format!("M26 22V{reach}"), "s-good", Whole::Yes));
    if way.whole < stations {
        svg = svg.c(line(format!("M26 {reach}V{}", y(stations - 1)), "s-edge", Whole::No));
    }
    for (place, one) in way.stations.iter().enumerate() {
        svg = svg.c(flat(words, one, y(place)));
        if way.first == Some(place) {
            let says = words.get("picture.first");
            svg = svg.c(text("h f-badtext", 196.0, y(place) + 18.0, "start", says));
        }
    }
    for (place, one) in way.beside.iter().enumerate() {
        svg = svg.c(flat(words, one, y(stations + place)));
    }
    svg.c(el("circle").n("cx", 26).n("cy", 22).n("r", 12).class("f-surface"))
        .c(screen(14.0, 12.0))
        .c(el("text").n("x", 60).n("y", 25).class("b").c(words.get("picture.from")))
        .c(el("text").n("x", 196).n("y", 25).class("v").c(super::stations::shorten(from, 22)))
}

fn flat(words: &Words, one: &Station, y: f64) -> Html {
    let (name, value) = classes(one.mark);
    Html::from(el("circle").n("cx", 26).n("cy", y).n("r", 12).class("f-surface"))
        .and(one.mark.at(17.0, y - 9.0, 18.0))
        .and(el("text").n("x", 60).n("y", y + 4.0).class(name).c(words.facet(one.facet)))
        .and(el("text").n("x", 196).n("y", y + 4.0).class(value).c(&one.value))
}
