//! What a script is made of.

/// What a command reads.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    pub(super) at: usize,
}

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

impl Node {
    /// Puts the texts of documents where they were asked for, the last one first in the list.
    pub(super) fn fill(&mut self, texts: &mut Vec<String>) {
        match self {
            Self::Simple { redirects, .. } => documents(redirects, texts),
            Self::Pipe(all) | Self::Sequence(all) => all.iter_mut().for_each(|one| one.fill(texts)),
            Self::And(one, two) | Self::Or(one, two) => {
                one.fill(texts);
                two.fill(texts);
            }
            Self::Not(one) | Self::Function(_, one) => one.fill(texts),
            Self::If { cases, otherwise } => {
                for (test, body) in cases {
                    test.fill(texts);
                    body.fill(texts);
                }
                if let Some(one) = otherwise {
                    one.fill(texts);
                }
            }
            Self::While { test, body, redirects } => {
                test.fill(texts);
                body.fill(texts);
                documents(redirects, texts);
            }
            Self::Group { body, redirects } => {
                body.fill(texts);
                documents(redirects, texts);
            }
        }
    }
}

fn documents(redirects: &mut [Redirect], texts: &mut Vec<String>) {
    for redirect in redirects {
        if let Redirect::Here(text) = redirect {
            *text = texts.pop().unwrap_or_default();
        }
    }
}
