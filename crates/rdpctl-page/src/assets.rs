//! The files beside the pages: their names carry a digest, so that whoever has one never asks again.

use std::sync::LazyLock;

use crate::address::Href;
use crate::digest::digest;
use crate::sheet::Sheet;
use crate::view::View;

/// A file.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its name, with the digest.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// What it holds.
    pub text: String,
}

/// Which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The style sheet.
    Sheet,
    /// The script, without which everything works as well.
    Script,
    /// The shapes of marks in cells.
    Marks,
    /// The icon where somebody is not reachable or differs.
    IconBad,
    /// The icon where something is unknown.
    IconDim,
    /// The icon where a person is waited for.
    IconWait,
    /// The icon where all is as declared.
    IconGood,
}

impl Which {
    /// The icon by the worst that is true of a snapshot.
    pub(crate) fn icon(view: &View) -> Self {
        let numbers = &view.numbers;
        if numbers.not_reachable + numbers.differ > 0 {
            Self::IconBad
        } else if numbers.unknown > 0 || numbers.all() == 0 {
            Self::IconDim
        } else if view.asking() > 0 {
            Self::IconWait
        } else {
            Self::IconGood
        }
    }

    /// All.
    pub const ALL: [Self; 7] = [
        Self::Sheet,
        Self::Script,
        Self::Marks,
        Self::IconBad,
        Self::IconDim,
        Self::IconWait,
        Self::IconGood,
    ];
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| Which::ALL.into_iter().map(make).collect());

fn make(which: Which) -> Asset {
    const SVG: &str = "image/svg+xml";
    let (stem, end, kind, text) = match which {
        Which::Sheet => {
            // The name of the shapes holds their digest, so the sheet's does, too.
            let text = Sheet::whole().as_str().replace("marks.svg", &make(Which::Marks).name);
            ("style", "css", "text/css; charset=utf-8", text)
        }
        Which::Marks => ("marks", "svg", SVG, crate::marks::stencils().into_string()),
        Which::Script => (
            "page",
            "js",
            "text/javascript; charset=utf-8",
            include_str!("../assets/page.js").to_owned(),
        ),
        Which::IconBad => {
            ("icon-bad", "svg", SVG, include_str!("../assets/icon-bad.svg").to_owned())
        }
        Which::IconDim => {
            ("icon-dim", "svg", SVG, include_str!("../assets/icon-dim.svg").to_owned())
        }
        Which::IconWait => {
            ("icon-wait", "svg", SVG, include_str!("../assets/icon-wait.svg").to_owned())
        }
        Which::IconGood => {
            ("icon-good", "svg", SVG, include_str!("../assets/icon-good.svg").to_owned())
        }
    };
    Asset { name: format!("{stem}.{:016x}.{end}", digest(text.as_bytes())), kind, text }
}

/// A file.
#[must_use]
pub fn asset(which: Which) -> &'static Asset {
    let place = Which::ALL.iter().position(|one| *one == which).unwrap_or_default();
    &ASSETS[place]
}

/// Where the icon lies that says the worst that is true of a snapshot.
#[must_use]
pub fn icon(view: &View) -> String {
    href(Which::icon(view)).as_str().to_owned()
}

/// The file of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// Where it lies.
pub(crate) fn href(which: Which) -> Href {
    Href::path(&["static", &asset(which).name])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_stays_small_and_a_name_finds_its_file() {
        let script = asset(Which::Script);
        assert!(script.text.len() <= 6 * 1024, "{}", script.text.len());
        for which in Which::ALL {
            assert_eq!(find(&asset(which).name).unwrap().text, asset(which).text);
        }
    }
}
