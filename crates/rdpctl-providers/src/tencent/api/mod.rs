//! The actions that rdpctl uses, with the fields that it sends and reads; what nobody reads is not parsed.

pub mod addresses;
pub mod audit;
pub mod filter;
pub mod groups;
pub mod identity;
pub mod instances;
pub mod snapshots;
pub mod tat;
pub mod templates;

/// Declares actions: the request type, its service, the documented calls per second, whether it may be repeated, and
/// the type of the answer's fields.
macro_rules! actions {
    ($($request:ty => $service:ident $name:literal, $rate:literal a second, $safety:ident, $reply:ty;)+) => {
        $(
            impl crate::tencent::client::Action for $request {
                const NAME: &'static str = $name;
                const SERVICE: crate::tencent::endpoint::Service = crate::tencent::endpoint::Service::$service;
                const RATE: u32 = $rate;
                const SAFETY: crate::tencent::retry::Safety = crate::tencent::retry::Safety::$safety;
                type Reply = $reply;
            }
        )+
    };
}

/// An enum over the vendor's words, which keeps a word that it does not know.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// Another word.
            Other(Box<str>),
            /// The vendor said nothing.
            #[default]
            Unsaid,
        }

        impl $name {
            /// The vendor's word.
            #[must_use]
            pub fn word(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                    Self::Unsaid => "",
                }
            }

            /// What a word stands for; capitals and small letters are the same to the vendor.
            #[must_use]
            pub fn of(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case($word) {
                    return Self::$variant;
                })+
                if word.is_empty() { Self::Unsaid } else { Self::Other(word.into()) }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = crate::tencent::lenient::Text::deserialize(deserializer)?;
                Ok(Self::of(word.as_str()))
            }
        }
    };
}

pub(crate) use {actions, words};

use serde::{Deserialize, Serialize};

use super::lenient::Text;

/// The most items that one page or one list of ids may hold.
pub const BATCH: usize = 100;

/// A tag on a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewTag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// A tag as it is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tag {
    /// Its key.
    pub key: Text,
    /// Its value.
    pub value: Text,
}

/// An answer in which nothing but its arrival matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Acknowledged {}

/// The answer of a write that goes on after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TaskStarted {
    /// The task, a number that may come as a text.
    pub task_id: Text,
}

/// A page of a list.
pub trait Page {
    /// What is listed.
    type Item: Send;
    /// How many there are in all, and those of this page.
    fn split(self) -> (usize, Vec<Self::Item>);
}

/// Declares that an answer is a page: its item and the field that lists it.
macro_rules! pages {
    ($($reply:ty: $field:ident of $item:ty;)+) => {
        $(
            impl crate::tencent::api::Page for $reply {
                type Item = $item;

                fn split(self) -> (usize, Vec<$item>) {
                    let total = self.total_count.count().and_then(|count| usize::try_from(count).ok());
                    (total.unwrap_or(self.$field.0.len()), self.$field.0)
                }
            }
        )+
    };
}

pub(crate) use pages;
