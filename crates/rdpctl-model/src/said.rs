//! What is said, before anybody worded it: a key with arguments. `rdpctl-words` holds the texts, per language.
//!
//! What is compared, grouped, hashed and kept is the key with its arguments, never a sentence: a better wording changes
//! no digest, and whoever reads chooses the language.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Under which name something that is said is serialized, so that whoever words it knows it.
pub const NAME: &str = "Said";

/// Under which what came from outside is said as it is.
const QUOTED: Key = Key(Cow::Borrowed("quoted"));
/// The argument that holds it.
const TEXT: &str = "text";

/// A key of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(Cow<'static, str>);

impl Key {
    /// As the files of texts spell it: section, full stop, name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A key of a text, and what its places are filled with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Said {
    key: Key,
    args: Vec<(Cow<'static, str>, Arg)>,
}

/// What fills a place in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Arg {
    /// A number.
    Number(i64),
    /// A name, or what somebody outside wrote: said as it is, and escaped where it leaves.
    Text(String),
    /// Several of them.
    List(Vec<Arg>),
    /// Numbers from one to another, where several sayings are told as one.
    Span {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// What is worded itself.
    Said(Box<Said>),
}

impl Said {
    /// A key with its arguments; only [`says!`](crate::says) writes keys.
    #[doc(hidden)]
    #[must_use]
    pub fn keyed<const N: usize>(key: &'static str, args: [(&'static str, Arg); N]) -> Self {
        let mut args: Vec<_> =
            args.into_iter().map(|(name, arg)| (Cow::Borrowed(name), arg)).collect();
        // In one order, however they are kept: equal sayings are equal.
        args.sort();
        Self { key: Key(Cow::Borrowed(key)), args }
    }

    /// What somebody outside said, as it is.
    pub fn quoted(text: impl Into<String>) -> Self {
        Self { key: QUOTED, args: vec![(Cow::Borrowed(TEXT), Arg::Text(text.into()))] }
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.quote() == Some("")
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// What fills a place.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&Arg> {
        self.args.iter().find(|(known, _)| known == name).map(|(_, arg)| arg)
    }

    /// The places and what fills them.
    pub fn args(&self) -> impl Iterator<Item = (&str, &Arg)> {
        self.args.iter().map(|(name, arg)| (&**name, arg))
    }

    /// The same, with another filling of a place that it has.
    #[must_use]
    pub fn filled(mut self, name: &str, filling: Arg) -> Self {
        for (known, arg) in &mut self.args {
            if known == name {
                *arg = filling;
                break;
            }
        }
        self
    }

    /// Whether what fills its places names something.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        self.args.iter().any(|(_, arg)| arg.mentions(name))
    }

    /// What somebody outside said, if that is all.
    #[must_use]
    pub fn quote(&self) -> Option<&str> {
        match self.args.as_slice() {
            [(_, Arg::Text(text))] if self.key == QUOTED => Some(text),
            _ => None,
        }
    }
}

/// Nothing is said.
impl Default for Said {
    fn default() -> Self {
        Self::quoted("")
    }
}

impl Arg {
    fn mentions(&self, name: &str) -> bool {
        match self {
            Self::Text(text) => text.contains(name),
            Self::List(list) => list.iter().any(|arg| arg.mentions(name)),
            Self::Said(said) => said.mentions(name),
            Self::Number(_) | Self::Span { .. } => false,
        }
    }
}

impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Args<'a>(&'a [(Cow<'static, str>, Arg)]);

        impl Serialize for Args<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(name, arg)| (name, arg)))
            }
        }

        if let Some(text) = self.quote() {
            return serializer.serialize_str(text);
        }
        let fields = if self.args.is_empty() { 1 } else { 2 };
        let mut said = serializer.serialize_struct(NAME, fields)?;
        said.serialize_field("key", &self.key)?;
        if !self.args.is_empty() {
            said.serialize_field("args", &Args(&self.args))?;
        }
        said.end()
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Quoted(String),
            Keyed {
                key: String,
                #[serde(default)]
                args: BTreeMap<String, Arg>,
            },
        }

        Ok(match Written::deserialize(deserializer)? {
            Written::Quoted(text) => Self::quoted(text),
            Written::Keyed { key, args } => {
                let args = args.into_iter().map(|(name, arg)| (Cow::Owned(name), arg)).collect();
                Self { key: Key(Cow::Owned(key)), args }
            }
        })
    }
}

impl From<Said> for Arg {
    fn from(said: Said) -> Self {
        match said.quote() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Said(Box::new(said)),
        }
    }
}

impl From<&Said> for Arg {
    fn from(said: &Said) -> Self {
        said.clone().into()
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Arg>> From<Vec<T>> for Arg {
    fn from(list: Vec<T>) -> Self {
        Self::List(list.into_iter().map(Into::into).collect())
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl From<$number> for Arg {
            fn from(number: $number) -> Self {
                // What is counted here ends long before.
                Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }
    )*};
}
numbers!(u8 u16 u32 u64 usize i32 i64);

/// Declares what a file says: `says! { "section": name(arg, arg); … }` makes a function `say::name` for each key
/// `section.name`. A key that nobody says is a function that nobody calls, which the compiler tells; that each has a text
/// with the same places, and each text a key, a test of `rdpctl-words` tells, which reads these declarations in the
/// sources. With `crate` before the section the whole crate may say it.
#[macro_export]
macro_rules! says {
    (crate $section:literal: $($name:ident($($arg:ident),* $(,)?);)*) => {
        /// What is said here, by key.
        pub(crate) mod say {
            $(
                pub(crate) fn $name($($arg: impl Into<$crate::said::Arg>),*) -> $crate::Said {
                    $crate::said::saying!($section, $name, $($arg),*)
                }
            )*
        }
    };
    ($section:literal: $($name:ident($($arg:ident),* $(,)?);)*) => {
        mod say {
            $(
                pub(super) fn $name($($arg: impl Into<$crate::said::Arg>),*) -> $crate::Said {
                    $crate::said::saying!($section, $name, $($arg),*)
                }
            )*
        }
    };
}

/// One saying.
#[doc(hidden)]
#[macro_export]
macro_rules! saying {
    ($section:literal, $name:ident, $($arg:ident),*) => {
        $crate::Said::keyed(
            $crate::said::said_key!($section, $name),
            [$((stringify!($arg), $arg.into())),*],
        )
    };
}

/// The spelling of a key in the files: a name of Rust with hyphens.
#[doc(hidden)]
#[macro_export]
macro_rules! said_key {
    ($section:literal, $name:ident) => {{
        const NAMED: &str = concat!($section, ".", stringify!($name));
        const SPELLED: [u8; NAMED.len()] = $crate::said::hyphens(NAMED);
        const KEY: &str = match core::str::from_utf8(&SPELLED) {
            Ok(key) => key,
            Err(_) => NAMED,
        };
        KEY
    }};
}

#[doc(hidden)]
pub use {said_key, saying, says};

/// The bytes of a name, with hyphens for underlines.
#[doc(hidden)]
#[must_use]
pub const fn hyphens<const N: usize>(name: &str) -> [u8; N] {
    let name = name.as_bytes();
    let mut spelled = [0; N];
    let mut at = 0;
    while at < N {
        spelled[at] = if name[at] == b'_' { b'-' } else { name[at] };
        at += 1;
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    mod house {
        crate::says! { "house":
            door_open(door, minutes);
            doors(all);
            empty();
        }

        pub(super) fn door_open(name: &str) -> crate::Said {
            say::door_open(name, 3_u32)
        }

        pub(super) fn all() -> crate::Said {
            say::doors(vec![say::door_open("front", 1_u8), say::empty()])
        }
    }

    #[test]
    fn a_key_is_spelled_with_hyphens_and_knows_its_places() {
        assert_eq!(house::door_open("back").key().as_str(), "house.door-open");
        assert_eq!(house::door_open("back").arg("minutes"), Some(&Arg::Number(3)));
    }

    #[test]
    fn what_was_said_is_read_back_as_it_was_kept() {
        for said in [house::all(), house::door_open("back"), Said::quoted("the agent is off")] {
            let kept = serde_json::to_string(&said).unwrap();
            assert_eq!(serde_json::from_str::<Said>(&kept).unwrap(), said, "{kept}");
        }
        assert_eq!(
            serde_json::to_string(&house::all()).unwrap(),
            r#"{"key":"house.doors","args":{"all":[{"key":"house.door-open","args":{"door":"front","minutes":1}},{"key":"house.empty"}]}}"#
        );
    }
}
