//! What a script is made of.

/// A word before it is expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word(pub(super) Vec<Part>);

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Letters that stand for themselves.
    Text(String),
    /// What a variable holds.
    Variable(String, Quoting),
    /// What commands print.
    Command(Box<Node>, Quoting),
}

/// Whether what comes out is one word, whatever is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    Quoted,
    Bare,
}

/// Where a stream leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Redirect {
    From(Word),
    Here(String),
    Out(Word),
    Append(Word),
    Err(Word),
    ErrToOut,
}

/// A piece of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Simple { sets: Vec<(String, Word)>, words: Vec<Word>, redirects: Vec<Redirect> },
    Pipe(Vec<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Sequence(Vec<Node>),
    If { cases: Vec<(Node, Node)>, otherwise: Option<Box<Node>> },
    While { test: Box<Node>, body: Box<Node>, redirects: Vec<Redirect> },
    Group { body: Box<Node>, redirects: Vec<Redirect> },
    Function(String, Box<Node>),
}
