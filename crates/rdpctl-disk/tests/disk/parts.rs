//! A large hive far away, of which no more is read than what is asked of it.

use rdpctl_disk::hive::Hive;
use rdpctl_sim::image::{Data, HiveKey, HiveShape, hive, with_numbers};

use crate::world::{NOW, lines, small};

/// What a software hive is mostly: thousands of classes, and among them the few keys that matter.
fn software() -> Vec<u8> {
    let mut root = HiveKey::new("ROOT");
    for number in 0..2_400 {
        let key = format!("Classes\\CLSID\\{{{number:08}}}");
        root.set(&key, "", Data::Binary(vec![7; 16_000]));
        root.set(&format!("Microsoft\\Product {number:04}"), "Version", Data::Dword(number));
    }
    let version = "Microsoft\\Windows NT\\CurrentVersion";
    root.set(version, "ProductName", Data::Sz("Windows Server 2022 Datacenter".to_owned()));
    root.set(version, "CurrentBuild", Data::Sz("20348".to_owned()));
    root.set(
        "Policies\\Microsoft\\Windows NT\\Terminal Services",
        "fDenyTSConnections",
        Data::Dword(1),
    );
    hive(&root, HiveShape::new(72 << 20))
}

const QUESTIONS: [(&str, &str); 5] = [
    ("Microsoft\\Windows NT\\CurrentVersion", "productname"),
    ("microsoft\\windows nt\\currentversion", "CurrentBuild"),
    ("Policies\\Microsoft\\Windows NT\\Terminal Services", "fDenyTSConnections"),
    ("Microsoft\\Product 1234", "Version"),
    ("Microsoft\\Nothing\\Of the kind", "Version"),
];

fn answers(hive: &Hive) -> Vec<Option<Vec<u8>>> {
    let one = |(path, name): (&str, &str)| {
        let value = hive.key(path).ok()??.value(name).ok()??;
        value.bytes().ok().map(std::borrow::Cow::into_owned)
    };
    QUESTIONS.into_iter().map(one).collect()
}

#[test]
fn of_a_large_hive_only_what_is_asked_for_is_read_and_the_answers_are_those_of_the_whole() {
    let bytes = software();
    let length = u64::try_from(bytes.len()).unwrap();
    let (mut requests, mut read) = (0, 0);
    let parts = Hive::by_parts(
        length,
        |at, length| {
            requests += 1;
            read += length;
            let at = usize::try_from(at).unwrap();
            Ok(bytes[at..at + length].to_vec())
        },
        |hive| drop(answers(hive)),
    );
    let parts = parts.unwrap().unwrap();
    let whole = Hive::recover(bytes.clone(), &[]).unwrap();
    assert_eq!(answers(&parts), answers(&whole));
    assert!(answers(&whole)[..4].iter().all(Option::is_some));
    assert!(requests <= 20 && read <= 8 << 20, "{requests} requests, {read} bytes");
    // It is not fit for more than it was asked.
    assert!(parts.edit(NOW).is_err());
}

#[test]
fn a_small_hive_in_parts_is_the_whole_one_once_everything_was_looked_at() {
    let bytes = hive(&small(), HiveShape::new(64 << 10));
    let length = u64::try_from(bytes.len()).unwrap();
    let read = |at: u64, length: usize| {
        let at = usize::try_from(at).unwrap();
        Ok(bytes[at..at + length].to_vec())
    };
    let parts = Hive::by_parts(length, read, |hive| drop(lines(hive))).unwrap().unwrap();
    assert_eq!(lines(&parts), lines(&Hive::recover(bytes.clone(), &[]).unwrap()));
}

#[test]
fn a_hive_that_was_not_closed_is_to_be_read_whole() {
    let bytes = with_numbers(hive(&small(), HiveShape::new(64 << 10)), 9, 8);
    let length = u64::try_from(bytes.len()).unwrap();
    let read = |at: u64, length: usize| {
        let at = usize::try_from(at).unwrap();
        Ok(bytes[at..at + length].to_vec())
    };
    assert!(Hive::by_parts(length, read, |_| ()).unwrap().is_none());
}
