//! The marks: each state has a shape and a tone of its own, so that colour never stands alone.

use crate::html::{Element, Html, el};

/// A mark, by what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Mark {
    /// It differs, and nobody gets in because of it.
    Shut,
    /// It differs.
    Bad,
    /// It is not known.
    Dim,
    /// Something wins over us, says no, or has stopped.
    Stop,
    /// It follows from something else.
    Follows,
    /// It waits for a person.
    Wait,
    /// It waits for time.
    Later,
    /// It goes on.
    Run,
    /// It is to be done.
    Open,
    /// Somebody accepted it.
    Kept,
    /// It does not apply.
    None,
    /// Healthy, said quietly.
    Tick,
    /// Healthy; done.
    Good,
    /// The loop.
    Loop,
}

/// How a part of a mark is drawn.
#[derive(Clone, Copy)]
enum Ink {
    /// Filled.
    Full,
    /// A line of so many hundredths.
    Line(&'static str),
    /// A line cut out of what is filled.
    Cut(&'static str),
}

/// A part of a mark.
#[derive(Clone, Copy)]
enum Part {
    Path(&'static str, Ink),
    Circle(&'static str, Ink),
    Dashed,
    Pale,
    Dot,
    Square,
}

use Ink::{Cut, Full, Line};
use Part::{Circle, Dashed, Dot, Pale, Path, Square};

impl Mark {
    /// All of them.
    pub(crate) const ALL: [Self; 14] = [
        Self::Shut,
        Self::Bad,
        Self::Dim,
        Self::Stop,
        Self::Follows,
        Self::Wait,
        Self::Later,
        Self::Run,
        Self::Open,
        Self::Kept,
        Self::None,
        Self::Tick,
        Self::Good,
        Self::Loop,
    ];

    /// Those of cells, in the order in which the sheet finds them in the file.
    const STENCILS: [Self; 5] = [Self::Shut, Self::Bad, Self::Dim, Self::Stop, Self::Follows];

    /// Its name as a symbol.
    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Shut => "shut",
            Self::Bad => "bad",
            Self::Dim => "dim",
            Self::Stop => "stop",
            Self::Follows => "follows",
            Self::Wait => "wait",
            Self::Later => "later",
            Self::Run => "run",
            Self::Open => "open",
            Self::Kept => "kept",
            Self::None => "none",
            Self::Tick => "tick",
            Self::Good => "good",
            Self::Loop => "loop",
        }
    }

    /// The class that gives it its colour.
    pub(crate) const fn tone(self) -> &'static str {
        match self {
            Self::Shut | Self::Bad => "bad",
            Self::Dim => "dim",
            Self::Stop => "stop",
            Self::Wait => "wait",
            Self::Tick | Self::Good => "good",
            Self::Follows
            | Self::Later
            | Self::Run
            | Self::Open
            | Self::Kept
            | Self::None
            | Self::Loop => "none",
        }
    }

    const fn class(self) -> &'static str {
        match self.tone().as_bytes() {
            b"bad" => "m bad",
            b"dim" => "m dim",
            b"stop" => "m stop",
            b"wait" => "m wait",
            b"good" => "m good",
            _ => "m none",
        }
    }

    const fn big(self) -> &'static str {
        match self.tone().as_bytes() {
            b"bad" => "m bad big",
            b"dim" => "m dim big",
            b"stop" => "m stop big",
            b"wait" => "m wait big",
            b"good" => "m good big",
            _ => "m none big",
        }
    }

    /// Beside its word.
    pub(crate) fn small(self) -> Element {
        el("svg").class(self.class()).a("aria-hidden", "true").c(self.drawn())
    }

    /// At the head of a line, beside its word.
    pub(crate) fn large(self) -> Element {
        el("svg").class(self.big()).a("aria-hidden", "true").c(self.drawn())
    }

    /// At the head of a line, with its word for the ear.
    pub(crate) fn large_said(self, word: &str) -> Element {
        el("svg").class(self.big()).a("role", "img").a("aria-label", word).c(self.drawn())
    }

    /// At a place of a picture.
    pub(crate) fn at(self, x: f64, y: f64, size: f64) -> Element {
        self.drawn().n("x", x).n("y", y).n("width", size).n("height", size).class(self.tone())
    }

    /// The same, at a place of whole units.
    pub(crate) fn placed(self, x: usize, y: usize, size: usize) -> Element {
        self.drawn().n("x", x).n("y", y).n("width", size).n("height", size).class(self.tone())
    }

    fn drawn(self) -> Element {
        el("use").href(&crate::address::Href::anchor(&crate::id::Id::fixed(self.symbol())))
    }

    const fn parts(self) -> &'static [Part] {
        const DIAMOND: &str = "M8 1.4L14.6 8 8 14.6 1.4 8z";
        match self {
            Self::Good => &[Circle("6.6", Line("1.5")), Path("M5 8.3l2.1 2.1L11.2 6", Line("1.7"))],
            Self::Bad => &[
                Path("M8 .6L15.4 8 8 15.4.6 8z", Full),
                Path("M5 6.6h6M5 9.6h6M9.8 4.4L6.2 11.8", Cut("1.4")),
            ],
            Self::Shut => &[
                Path("M4.7.8h6.6L15.2 4.7v6.6l-3.9 3.9H4.7L.8 11.3V4.7z", Full),
                Path("M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6", Cut("1.8")),
            ],
            Self::Dim => {
                &[Dashed, Path("M6 6.3a2 2 0 1 1 2.9 1.8c-.7.35-.9.7-.9 1.3", Line("1.5")), Dot]
            }
            Self::Stop => &[Circle("7.1", Full), Path("M4.2 8h7.6", Cut("2.4"))],
            Self::Follows => &[Path("M4 2v6.2a2 2 0 0 0 2 2h6M9.4 7.2l3 3-3 3", Line("1.6"))],
            Self::Wait => &[Square, Path("M6.1 5v6M9.9 5v6", Cut("1.9"))],
            Self::Run => &[Pale, Path("M8 1.6A6.4 6.4 0 0 1 14.4 8", Line("2"))],
            Self::Later => &[Circle("6.6", Line("1.5")), Path("M8 4.4V8l2.4 1.6", Line("1.5"))],
            Self::Kept => {
                &[Path(DIAMOND, Line("1.5")), Path("M5.6 8.1l1.7 1.7 3.2-3.4", Line("1.5"))]
            }
            Self::None => &[Path("M4.5 8h7", Line("1.6"))],
            Self::Tick => &[Path("M4.6 8.3l2.3 2.3 4.6-5", Line("1.7"))],
            Self::Open => &[Circle("6.6", Line("1.5"))],
            Self::Loop => &[Path("M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.6 1.6v3h-3", Line("1.5"))],
        }
    }
}

fn inked(element: Element, ink: Ink) -> Element {
    match ink {
        Full => element.a("fill", "currentColor"),
        Line(width) => {
            element.a("fill", "none").a("stroke", "currentColor").a("stroke-width", width)
        }
        // Black where no sheet is, as in the stencils.
        Cut(width) => element
            .a("fill", "none")
            .class("s-surface")
            .a("stroke", "#000")
            .a("stroke-width", width),
    }
}

fn circle(radius: &str) -> Element {
    el("circle").n("cx", 8).n("cy", 8).a("r", radius)
}

fn part(part: Part) -> Element {
    let round = |element: Element| element.a("stroke-linecap", "round");
    match part {
        Path(d, Full) => inked(el("path").a("d", d), Full),
        Path(d, ink) => round(inked(el("path").a("d", d), ink)).a("stroke-linejoin", "round"),
        Circle(radius, ink) => inked(circle(radius), ink),
        Dashed => inked(circle("6.7"), Line("1.5")).a("stroke-dasharray", "2.6 1.6"),
        Pale => inked(circle("6.4"), Line("2")).a("stroke-opacity", ".3"),
        Dot => el("circle").n("cx", 8).a("cy", "11.6").a("r", ".95").a("fill", "currentColor"),
        Square => el("rect")
            .n("x", 1)
            .n("y", 1)
            .n("width", 14)
            .n("height", 14)
            .n("rx", 4)
            .a("fill", "currentColor"),
    }
}

/// Marks of cells, one below the other, as a file by which the sheet cuts them out of a colour: a cell that draws its mark
/// itself would be four times as long.
pub(crate) fn stencils() -> Html {
    let cut = |(place, mark): (usize, &Mark)| {
        let id = crate::id::Id::fixed(mark.symbol());
        let holes = format!("url(#{})", mark.symbol());
        el("g")
            .a("transform", format!("translate(0 {})", place * 16))
            .c(el("mask")
                .id(&id)
                .c(el("g").a("color", "#fff").each(mark.parts().iter().map(|one| part(*one)))))
            .c(el("rect").n("width", 16).n("height", 16).a("mask", holes))
    };
    el("svg")
        .a("xmlns", "http://www.w3.org/2000/svg")
        .a("viewBox", format!("0 0 16 {}", Mark::STENCILS.len() * 16))
        .n("width", 16)
        .n("height", Mark::STENCILS.len() * 16)
        .each(Mark::STENCILS.iter().enumerate().map(cut))
        .into()
}

/// A texture by which a share is told from others without colours.
#[derive(Clone, Copy)]
struct Texture {
    id: &'static str,
    /// The classes of its ground and of its line.
    ground: &'static str,
    line: &'static str,
    /// How the line is drawn.
    d: &'static str,
    turned: &'static str,
}

const fn texture(
    id: &'static str,
    [ground, line]: [&'static str; 2],
    [d, turned]: [&'static str; 2],
) -> Texture {
    Texture { id, ground, line, d, turned }
}

const TEXTURES: [Texture; 4] = [
    // What is unknown.
    texture("hatch", ["f-dimwash", "s-dim"], ["M1 0V5", "rotate(45)"]),
    // What is in hand.
    texture("runs", ["f-surface", "s-link"], ["M1 0V5", "rotate(0)"]),
    // What failed.
    texture("fails", ["f-bad", "s-surface"], ["M1 0V5", "rotate(-45)"]),
    // What somebody accepted.
    texture("keeps", ["f-surface", "s-edge"], ["M0 1H5M1 0V5", "rotate(0)"]),
];

/// All marks once, for a page that names them, with the textures.
pub(crate) fn sprite() -> Html {
    let pattern = |one: Texture| {
        el("pattern")
            .id(&crate::id::Id::fixed(one.id))
            .n("width", 5)
            .n("height", 5)
            .a("patternUnits", "userSpaceOnUse")
            .a("patternTransform", one.turned)
            .c(el("rect").n("width", 5).n("height", 5).class(one.ground))
            .c(el("path").a("d", one.d).class(one.line).a("stroke-width", "1.6"))
    };
    let symbol = |mark: Mark| {
        el("symbol")
            .id(&crate::id::Id::fixed(mark.symbol()))
            .a("viewBox", "0 0 16 16")
            .each(mark.parts().iter().map(|one| part(*one)))
    };
    el("svg")
        .n("width", 0)
        .n("height", 0)
        .a("aria-hidden", "true")
        .a("focusable", "false")
        .class("vh")
        .c(el("defs").each(TEXTURES.map(pattern)).each(Mark::ALL.into_iter().map(symbol)))
        .into()
}
