//! What can be declared of the way back in for the worst case: each part by itself, or the usual ones by a word.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// What can be declared. What is not named is left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Desired {
    /// The serial console of the default boot entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ems: Option<On>,
    /// How many seconds the boot menu waits, on the serial console as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) boot_menu: Option<Seconds>,
    /// What is kept of a crash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dump: Option<Dump>,
    /// Where it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dump_file: Option<DumpFile>,
    /// A crash, and so a dump, at the push of a button.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nmi: Option<On>,
}

/// Something to be turned on. Turning it off is left to whoever does not want it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "bool", into = "bool")]
#[schemars(with = "bool")]
pub(crate) struct On;

impl TryFrom<bool> for On {
    type Error = String;

    fn try_from(on: bool) -> Result<Self, String> {
        if on {
            return Ok(Self);
        }
        Err("only `true` is declared here: leave the key away, and nothing is changed".to_owned())
    }
}

impl From<On> for bool {
    fn from(On: On) -> Self {
        true
    }
}

/// How long a boot menu waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u64", into = "u64")]
#[schemars(with = "u64")]
pub(crate) struct Seconds(pub(crate) u16);

impl TryFrom<u64> for Seconds {
    type Error = String;

    fn try_from(seconds: u64) -> Result<Self, String> {
        match u16::try_from(seconds) {
            Ok(seconds @ 1..=999) => Ok(Self(seconds)),
            Ok(_) | Err(_) => Err("boot-menu is a number of seconds from 1 to 999".to_owned()),
        }
    }
}

impl From<Seconds> for u64 {
    fn from(seconds: Seconds) -> Self {
        seconds.0.into()
    }
}

/// What is kept of a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Dump {
    /// Whatever Windows is set to, unless that is nothing.
    Any,
    /// The kernel's memory, in a page file that Windows manages.
    Automatic,
    /// The kernel's memory.
    Kernel,
    /// All memory.
    Complete,
    /// 256 KB.
    Small,
}

impl Dump {
    /// `CrashDumpEnabled`.
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::Any | Self::Complete => 1,
            Self::Kernel => 2,
            Self::Small => 3,
            Self::Automatic => 7,
        }
    }

    /// Whether what is set is what is wished.
    pub(crate) const fn is(self, set: u32) -> bool {
        match self {
            Self::Any => set != 0,
            Self::Automatic | Self::Kernel | Self::Complete | Self::Small => set == self.number(),
        }
    }
}

/// A path in Windows, variables unexpanded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub(crate) struct DumpFile(pub(crate) String);

impl TryFrom<String> for DumpFile {
    type Error = String;

    fn try_from(path: String) -> Result<Self, String> {
        let bytes = path.as_bytes();
        let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic)
            && bytes.get(1..3).is_some_and(|rest| rest == br":\");
        let rooted = drive || path.to_ascii_lowercase().starts_with(r"%systemroot%\");
        let plain = |letter: char| {
            letter.is_ascii_graphic() && !"\"<>|*?&^".contains(letter) || letter == ' '
        };
        if rooted && path.len() <= 260 && path.chars().all(plain) && !path.ends_with('\\') {
            return Ok(Self(path));
        }
        Err(format!(
            "`{path}` is not a file's path, such as `%SystemRoot%\\MEMORY.DMP` or `D:\\MEMORY.DMP`"
        ))
    }
}

impl From<DumpFile> for String {
    fn from(file: DumpFile) -> Self {
        file.0
    }
}

/// The keys as they stand in a table.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Parts {
    #[serde(default)]
    ems: Option<On>,
    #[serde(default)]
    boot_menu: Option<Seconds>,
    #[serde(default)]
    dump: Option<Dump>,
    #[serde(default)]
    dump_file: Option<DumpFile>,
    #[serde(default)]
    nmi: Option<On>,
}

impl Desired {
    /// What the word `enabled` stands for.
    const fn enabled() -> Self {
        Self {
            ems: Some(On),
            boot_menu: None,
            dump: Some(Dump::Any),
            dump_file: None,
            nmi: Some(On),
        }
    }

    /// All that the founding document has done to the disk of a machine that does not answer.
    #[must_use]
    pub fn of_the_document() -> Self {
        let file = DumpFile(r"%SystemRoot%\MEMORY.DMP".to_owned());
        Self { boot_menu: Some(Seconds(5)), dump_file: Some(file), ..Self::enabled() }
    }
}

impl<'de> Deserialize<'de> for Desired {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = Desired;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"enabled\", or a table of ems, boot-menu, dump, dump-file and nmi")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Desired, E> {
                match word {
                    "enabled" => Ok(Desired::enabled()),
                    other => Err(E::unknown_variant(other, &["enabled"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Desired, A::Error> {
                let Parts { ems, boot_menu, dump, dump_file, nmi } =
                    Parts::deserialize(MapAccessDeserializer::new(table))?;
                let wish = Desired { ems, boot_menu, dump, dump_file, nmi };
                if wish == Desired::default() {
                    return Err(A::Error::custom("nothing is wished: name what is to be on"));
                }
                Ok(wish)
            }
        }

        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for Desired {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RecoveryDesired".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let parts = generator.subschema_for::<Parts>();
        schemars::json_schema!({ "oneOf": [{ "const": "enabled" }, parts] })
    }
}
