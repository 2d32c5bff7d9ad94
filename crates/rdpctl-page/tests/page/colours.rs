//! What is read and what tells states apart is seen, in light and dark: what a machine cannot see over a picture is
//! reckoned from the sheet's own colours.

use std::collections::BTreeMap;

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
