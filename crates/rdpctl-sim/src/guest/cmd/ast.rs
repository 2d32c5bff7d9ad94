//! A parsed command: what phases two and three of the interpreter make of a line.

/// A command of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// Nothing, as between two newlines.
    Nothing,
    /// A built-in command or a program; variables are not yet replaced.
    Simple(Simple),
    /// `( ... )`.
    Group(Vec<Node>, Vec<Redirection>),
    /// `a & b`, or lines of a group.
    Sequence(Vec<Node>),
    /// `a && b`.
    And(Box<Node>, Box<Node>),
    /// `a || b`.
    Or(Box<Node>, Box<Node>),
    /// `a | b | c`.
    Pipe(Vec<Node>),
    For(Box<For>),
    If(Box<If>),
}

/// One command with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Simple {
    /// The text after carets are gone and redirections taken out.
    pub(super) text: String,
    pub(super) redirections: Vec<Redirection>,
    /// Preceded by `@`.
    pub(super) quiet: bool,
}

/// What a redirection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Read,
    Write,
    Append,
    /// `n>&m`.
    Duplicate(u8),
}

/// `2>nul` and its kin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redirection {
    pub(super) handle: u8,
    pub(super) direction: Direction,
    pub(super) target: String,
}

/// The kinds of loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForKind {
    Plain,
    /// `/l`.
    Count,
    /// `/f`.
    Lines,
    /// `/d`.
    Folders,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct For {
    pub(super) kind: ForKind,
    /// What `/f` takes in quotes.
    pub(super) options: String,
    pub(super) variable: char,
    /// The text between the parentheses.
    pub(super) list: String,
    pub(super) body: Node,
}

/// What `if` asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    ErrorLevel(String),
    Exists(String),
    Defined(String),
    Equal(String, String),
    Compare(String, Comparison, String),
}

/// `equ` and its kin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equ,
    Neq,
    Lss,
    Leq,
    Gtr,
    Geq,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct If {
    pub(super) negated: bool,
    pub(super) any_case: bool,
    pub(super) condition: Condition,
    pub(super) then: Node,
    pub(super) otherwise: Option<Node>,
}
