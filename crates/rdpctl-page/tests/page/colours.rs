//! What is read and what tells states apart is seen, in light and dark: what a machine cannot see over a picture is
//! reckoned from the sheet's own colours.

use std::collections::BTreeMap;

use rdpctl_page::{More, Request, respond};

use crate::world::{World, body};

/// What is read has so much contrast on every ground on which it stands, and a shape so much.
const READ: f64 = 4.5;
const SHAPE: f64 = 3.0;

/// Colours by name, each in light and in dark.
fn colours() -> BTreeMap<String, [[u8; 3]; 2]> {
    let sheet = rdpctl_page::asset(rdpctl_page::Which::Sheet);
    let mut colours = BTreeMap::new();
    for line in sheet.text.split([';', '{']) {
        let Some((name, value)) = line.trim().split_once(": light-dark(") else { continue };
        let Some(name) = name.trim().strip_prefix("--") else { continue };
        let (light, dark) = value.trim_end_matches(')').split_once(',').unwrap();
        colours.insert(name.to_owned(), [light, dark].map(|one| rgb(one.trim())));
    }
    colours
}

fn rgb(text: &str) -> [u8; 3] {
    let digits = text.strip_prefix('#').unwrap();
    [0, 2, 4].map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
}

/// WCAG's relative luminance.
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_and_shapes_have_contrast_on_every_ground_in_light_and_dark() {
    let colours = colours();
    let mut wrong = Vec::new();
    let mut demand = |over: &str, ground: &str, least: f64| {
        for (place, theme) in ["light", "dark"].into_iter().enumerate() {
            let is = contrast(colours[over][place], colours[ground][place]);
            if is < least {
                wrong.push(format!("{over} on {ground} in {theme}: {is:.2} of {least}"));
            }
        }
    };
    for text in ["text", "soft", "link", "good", "bad", "dim", "wait", "stop"] {
        for ground in ["bg", "surface", "sunken"] {
            demand(text, ground, READ);
        }
    }
    for washed in ["good", "bad", "dim", "wait"] {
        for over in [washed, "text", "soft", "link"] {
            demand(over, &format!("{washed}-wash"), READ);
        }
    }
    for shape in ["edge", "quiet", "good", "bad", "dim", "wait", "stop"] {
        for ground in ["bg", "surface"] {
            demand(shape, ground, SHAPE);
        }
    }
    // What stands on a filled pill is the ground's colour.
    for pill in ["bad", "dim", "wait", "stop", "good"] {
        demand("surface", pill, READ);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a class of the sheet is filled with: a texture by its name, or a colour in light and in dark.
enum Fill {
    Texture(String),
    Colour([[u8; 3]; 2]),
}

fn fill(class: &str, colours: &BTreeMap<String, [[u8; 3]; 2]>) -> Fill {
    let sheet = &rdpctl_page::asset(rdpctl_page::Which::Sheet).text;
    let rule = sheet.split(&format!(".{class} {{ fill: ")).nth(1).expect("a rule of its own");
    let value = rule.split(';').next().unwrap();
    if let Some(texture) = value.strip_prefix("url(#") {
        Fill::Texture(texture.trim_end_matches(')').to_owned())
    } else if let Some(name) = value.strip_prefix("var(--") {
        Fill::Colour(colours[name.trim_end_matches(')')])
    } else {
        let both = value.strip_prefix("light-dark(").unwrap().trim_end_matches(')');
        let (light, dark) = both.split_once(',').unwrap();
        Fill::Colour([light, dark].map(|one| rgb(one.trim())))
    }
}

#[test]
fn shares_that_stand_side_by_side_are_told_apart_without_colours() {
    /// Of greys that are next to each other.
    const APART: f64 = 1.25;
    let colours = colours();
    let view = World::usual().view();
    let fleet = respond(&view, &Request::plain("/", ""), &More::Nothing);
    let fleet = body(&fleet);
    let bars = [
        ["f-bad", "f-badsoft", "f-dim", "f-kept", "f-goodsoft"],
        ["f-good", "f-runs", "f-fails", "f-stop", "f-none"],
    ];
    let bar = fleet.split("<svg class=\"bar\"").nth(1).unwrap().split("</svg>").next().unwrap();
    for drawn in bar.split("class=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(bars[0].contains(&drawn), "{drawn} is among no bar that is looked at here");
    }
    for bar in bars {
        for (place, one) in bar.into_iter().enumerate() {
            for other in &bar[..place] {
                match (fill(one, &colours), fill(other, &colours)) {
                    (Fill::Texture(one), Fill::Texture(other)) => assert_ne!(one, other),
                    (Fill::Texture(name), Fill::Colour(_))
                    | (Fill::Colour(_), Fill::Texture(name)) => {
                        assert!(fleet.contains(&format!("<pattern id=\"{name}\"")), "{name}");
                    }
                    (Fill::Colour(is), Fill::Colour(beside)) => {
                        for theme in [0, 1] {
                            let apart = contrast(is[theme], beside[theme]);
                            assert!(apart >= APART, "{one} beside {other}: {apart:.2}");
                        }
                    }
                }
            }
        }
    }
}
