//! Registry hives, written from a tree of keys.

/// A key with all that is below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HiveKey {
    /// Its name.
    pub name: String,
    /// Its values: name and content.
    pub values: Vec<(String, Data)>,
    /// The keys below it.
    pub keys: Vec<HiveKey>,
}

/// A value's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// `REG_SZ`.
    Sz(String),
    /// `REG_EXPAND_SZ`.
    ExpandSz(String),
    /// `REG_BINARY`.
    Binary(Vec<u8>),
    /// `REG_DWORD`.
    Dword(u32),
    /// `REG_MULTI_SZ`.
    MultiSz(Vec<String>),
    /// Any kind, by its number.
    Raw(u32, Vec<u8>),
}

impl Data {
    fn kind(&self) -> u32 {
        match self {
            Self::Sz(_) => 1,
            Self::ExpandSz(_) => 2,
            Self::Binary(_) => 3,
            Self::Dword(_) => 4,
            Self::MultiSz(_) => 7,
            Self::Raw(kind, _) => *kind,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let text = |text: &str| {
            text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
        };
        match self {
            Self::Sz(value) | Self::ExpandSz(value) => text(value),
            Self::Binary(bytes) | Self::Raw(_, bytes) => bytes.clone(),
            Self::Dword(number) => number.to_le_bytes().to_vec(),
            Self::MultiSz(texts) => {
                let mut bytes: Vec<u8> = texts.iter().flat_map(|value| text(value)).collect();
                bytes.extend([0, 0]);
                bytes
            }
        }
    }
}

impl HiveKey {
    /// An empty key.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The key at a path below this one, made where it is missing.
    pub fn at(&mut self, path: &str) -> &mut Self {
        let Some((name, rest)) = path.split_once('\\') else {
            return if path.is_empty() { self } else { self.child(path) };
        };
        self.child(name).at(rest)
    }

    fn child(&mut self, name: &str) -> &mut Self {
        let found = self.keys.iter().position(|key| key.name.eq_ignore_ascii_case(name));
        let at = found.unwrap_or_else(|| {
            self.keys.push(Self::new(name));
            self.keys.len() - 1
        });
        &mut self.keys[at]
    }

    /// Sets a value of the key at a path below this one.
    pub fn set(&mut self, path: &str, name: &str, data: Data) -> &mut Self {
        let key = self.at(path);
        key.values.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        key.values.push((name.to_owned(), data));
        self
    }
}

/// How a hive is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HiveShape {
    /// 3 for boot stores, 5 for the rest.
    pub minor: u32,
    /// How long the file is; what bins leave of it is zeros.
    pub file: usize,
    /// Both sequence numbers.
    pub sequence: u32,
    /// When it was last written: logs of the old kind repeat it.
    pub written: u64,
    /// Elements of a list, from which on it is split.
    pub leaf: usize,
}

impl HiveShape {
    /// A hive as Windows 10 and later keep it.
    #[must_use]
    pub fn new(file: usize) -> Self {
        Self { minor: 5, file, sequence: 7, written: 0, leaf: 507 }
    }

    /// A boot store.
    #[must_use]
    pub fn boot_store(file: usize) -> Self {
        Self { minor: 3, ..Self::new(file) }
    }
}

const NOWHERE: u32 = u32::MAX;
/// The longest data of one cell in hives with lists of pieces.
const PIECE: usize = 16_344;
/// SYSTEM and Administrators everything, users read.
const DESCRIPTOR: [u8; 88] = [
    1, 0, 4, 0x80, 48, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, // header
    2, 0, 28, 0, 1, 0, 0, 0, 0, 3, 20, 0, 0x3f, 0, 0x0f, 0, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0,
    0, // list
    1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0, // owner: Administrators
    1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0, // group: SYSTEM
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

/// Writes a hive. Panics where the tree does not fit into the file: it is the caller's own.
///
/// # Panics
///
/// Where the tree does not fit.
#[must_use]
pub fn hive(root: &HiveKey, shape: HiveShape) -> Vec<u8> {
    let mut writer = Writer { bins: Vec::new(), end: 0, shape, security: NOWHERE, keys: 0 };
    // Windows finds the root in the first cell of the first bin, where it looks no further.
    let size = 76 + root.name.len();
    let place = writer.cell(&vec![0; size]);
    let security = [b"sk\0\0".as_slice(), &[0; 12], &88_u32.to_le_bytes(), &DESCRIPTOR].concat();
    writer.security = writer.cell(&security);
    writer.key(root, place, NOWHERE, 0x2c);
    writer.close(place)
}

struct Writer {
    bins: Vec<u8>,
    /// Where the last bin's free room starts.
    end: usize,
    shape: HiveShape,
    security: u32,
    keys: u32,
}

fn word(number: usize) -> u32 {
    u32::try_from(number).expect("a hive of four gigabytes is nobody's")
}

fn half(number: usize) -> u16 {
    u16::try_from(number).expect("no list or name of these is as long")
}

fn place(offset: u32) -> usize {
    usize::try_from(offset).expect("an offset in memory")
}

/// One unit to one unit: what has a longer upper case stays.
fn upper(name: &str) -> Vec<u16> {
    name.chars()
        .flat_map(|letter| {
            let mut upper = letter.to_uppercase();
            let first = upper.next().filter(|_| upper.next().is_none());
            first.unwrap_or(letter).encode_utf16(&mut [0; 2]).to_vec()
        })
        .collect()
}

impl Writer {
    /// A cell with this content; a new bin where the last one has no room.
    fn cell(&mut self, content: &[u8]) -> u32 {
        let size = (content.len() + 4).next_multiple_of(8);
        let room = self.bins.len() - self.end;
        // The rest of a bin is a cell, too, and has eight bytes at least.
        if room < size || (room != size && room - size < 8) {
            self.rest();
            let start = self.bins.len();
            let length = (size + 32).next_multiple_of(4096);
            self.bins.resize(start + length, 0);
            self.bins[start..start + 4].copy_from_slice(b"hbin");
            self.put(start + 4, word(start));
            self.put(start + 8, word(length));
            if start == 0 {
                self.bins[20..28].copy_from_slice(&self.shape.written.to_le_bytes());
            }
            self.end = start + 32;
        }
        let at = self.end;
        let negative = 0_u32.wrapping_sub(word(size));
        self.put(at, negative);
        self.bins[at + 4..at + 4 + content.len()].copy_from_slice(content);
        self.end += size;
        word(at)
    }

    fn put(&mut self, at: usize, number: u32) {
        self.bins[at..at + 4].copy_from_slice(&number.to_le_bytes());
    }

    fn fill(&mut self, cell: u32, content: &[u8]) {
        let at = place(cell) + 4;
        self.bins[at..at + content.len()].copy_from_slice(content);
    }

    /// Marks what is left of the last bin as free.
    fn rest(&mut self) {
        let room = self.bins.len() - self.end;
        if room > 0 {
            let at = self.end;
            self.put(at, word(room));
            self.end = self.bins.len();
        }
    }

    fn key(&mut self, key: &HiveKey, place: u32, parent: u32, flags: u16) {
        self.keys += 1;
        let mut children: Vec<&HiveKey> = key.keys.iter().collect();
        children.sort_by_key(|child| upper(&child.name));
        let mut elements = Vec::new();
        for child in &children {
            let (name, flag) = stored(&child.name);
            let at = self.cell(&vec![0; 76 + name.len()]);
            self.key(child, at, place, flag);
            elements.push((at, child.name.as_str()));
        }
        let list = self.list(&elements);
        let values: Vec<u32> =
            key.values.iter().map(|(name, data)| self.value(name, data)).collect();
        let value_list = if values.is_empty() {
            NOWHERE
        } else {
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            self.cell(&bytes)
        };
        let longest = |lengths: &mut dyn Iterator<Item = usize>| word(lengths.max().unwrap_or(0));
        let units = |name: &str| 2 * name.encode_utf16().count();
        let (name, _) = stored(&key.name);
        let mut cell = Vec::from(*b"nk");
        cell.extend(flags.to_le_bytes());
        cell.extend(0x01da_0000_0000_0000_u64.to_le_bytes());
        for number in [
            0,
            parent,
            word(children.len()),
            0,
            list,
            NOWHERE,
            word(values.len()),
            value_list,
            self.security,
            NOWHERE,
            longest(&mut children.iter().map(|child| units(&child.name))),
            0,
            longest(&mut key.values.iter().map(|(name, _)| units(name))),
            longest(&mut key.values.iter().map(|(_, data)| data.bytes().len())),
            0,
        ] {
            cell.extend(number.to_le_bytes());
        }
        // The length of a class, which there is none of, takes the upper half.
        cell.extend(word(name.len()).to_le_bytes());
        cell.extend(name);
        self.fill(place, &cell);
    }

    fn list(&mut self, elements: &[(u32, &str)]) -> u32 {
        if elements.is_empty() {
            return NOWHERE;
        }
        let leaves: Vec<u32> =
            elements.chunks(self.shape.leaf).map(|part| self.leaf(part)).collect();
        if let [one] = leaves.as_slice() {
            return *one;
        }
        let mut root = Vec::from(*b"ri");
        root.extend(half(leaves.len()).to_le_bytes());
        root.extend(leaves.iter().flat_map(|leaf| leaf.to_le_bytes()));
        self.cell(&root)
    }

    fn leaf(&mut self, elements: &[(u32, &str)]) -> u32 {
        let sums = self.shape.minor > 4;
        let mut leaf = Vec::from(if sums { *b"lh" } else { *b"lf" });
        leaf.extend(half(elements.len()).to_le_bytes());
        for (at, name) in elements {
            leaf.extend(at.to_le_bytes());
            if sums {
                let sum = upper(name)
                    .into_iter()
                    .fold(0_u32, |sum, unit| sum.wrapping_mul(37).wrapping_add(u32::from(unit)));
                leaf.extend(sum.to_le_bytes());
            } else {
                let mut hint: Vec<u8> =
                    name.chars().map_while(|letter| u8::try_from(letter).ok()).take(4).collect();
                hint.resize(4, 0);
                leaf.extend(hint);
            }
        }
        self.cell(&leaf)
    }

    fn value(&mut self, name: &str, data: &Data) -> u32 {
        let bytes = data.bytes();
        let (length, place) = if bytes.len() <= 4 {
            let mut inline = [0; 4];
            inline[..bytes.len()].copy_from_slice(&bytes);
            (word(bytes.len()) | 0x8000_0000, u32::from_le_bytes(inline))
        } else if bytes.len() > PIECE && self.shape.minor > 3 {
            let pieces: Vec<u8> =
                bytes.chunks(PIECE).flat_map(|piece| self.cell(piece).to_le_bytes()).collect();
            let list = self.cell(&pieces);
            let mut big = Vec::from(*b"db");
            big.extend(half(pieces.len() / 4).to_le_bytes());
            big.extend(list.to_le_bytes());
            (word(bytes.len()), self.cell(&big))
        } else {
            (word(bytes.len()), self.cell(&bytes))
        };
        let (stored, flag) = stored(name);
        let mut cell = Vec::from(*b"vk");
        cell.extend(half(stored.len()).to_le_bytes());
        cell.extend(length.to_le_bytes());
        cell.extend(place.to_le_bytes());
        cell.extend(data.kind().to_le_bytes());
        cell.extend(u16::from(flag != 0).to_le_bytes());
        cell.extend([0; 2]);
        cell.extend(stored);
        self.cell(&cell)
    }

    fn close(mut self, root: u32) -> Vec<u8> {
        self.rest();
        // The one security: a ring of itself, named by all keys.
        let ring = [self.security, self.security, self.keys].map(u32::to_le_bytes).concat();
        let at = place(self.security) + 8;
        self.bins[at..at + 12].copy_from_slice(&ring);
        let mut base = Vec::from(*b"regf");
        for number in [self.shape.sequence, self.shape.sequence] {
            base.extend(number.to_le_bytes());
        }
        base.extend(self.shape.written.to_le_bytes());
        for number in [1, self.shape.minor, 0, 1, root, word(self.bins.len()), 1] {
            base.extend(number.to_le_bytes());
        }
        base.resize(4096, 0);
        super::log::seal(&mut base);
        base.extend(self.bins);
        assert!(
            base.len() <= self.shape.file,
            "{} bytes of hive in {}",
            base.len(),
            self.shape.file
        );
        base.resize(self.shape.file, 0);
        base
    }
}

/// Latin-1 where every letter is, else UTF-16; and the flag that says so.
fn stored(name: &str) -> (Vec<u8>, u16) {
    let latin: Option<Vec<u8>> = name.chars().map(|letter| u8::try_from(letter).ok()).collect();
    match latin {
        Some(bytes) => (bytes, 0x20),
        None => (name.encode_utf16().flat_map(u16::to_le_bytes).collect(), 0),
    }
}
