//! The boot configuration of a healthy cloud image, as the registry shows it.

use crate::guest::registry::{Base, KeyPath, Value};

/// The key under which the store appears.
pub(in crate::guest) const STORE: &str = r"HKLM\BCD00000000\Objects";
/// The boot manager.
pub(in crate::guest) const BOOT_MANAGER: &str = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}";
/// The EMS settings.
pub(in crate::guest) const EMS_SETTINGS: &str = "{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}";
/// The loader of the one installed system.
pub(in crate::guest) const LOADER: &str = "{5189b25c-5558-4bf2-bca4-289b11bd29e2}";

/// Objects, their types and elements.
type Object = (&'static str, u32, &'static [(&'static str, &'static str, Form)]);

const OBJECTS: &[Object] = &[
    (
        BOOT_MANAGER,
        0x1010_0002,
        &[
            ("12000004", "Windows Boot Manager", Form::Text),
            ("12000005", "en-US", Form::Text),
            ("23000003", LOADER, Form::Text),
            ("24000001", LOADER, Form::List),
            ("25000004", "0000000000000000", Form::Bytes),
            ("16000020", "01", Form::Bytes),
        ],
    ),
    (
        EMS_SETTINGS,
        0x2010_0000,
        &[
            ("15000022", "0100000000000000", Form::Bytes),
            ("15000023", "00C2010000000000", Form::Bytes),
        ],
    ),
    (
        LOADER,
        0x1020_0003,
        &[
            ("12000002", r"\Windows\system32\winload.exe", Form::Text),
            ("12000004", "Windows Server", Form::Text),
            ("12000005", "en-US", Form::Text),
            ("22000002", r"\Windows", Form::Text),
            ("16000009", "01", Form::Bytes),
            ("25000020", "0100000000000000", Form::Bytes),
            ("260000b0", "01", Form::Bytes),
        ],
    ),
];

#[derive(Clone, Copy)]
enum Form {
    Text,
    List,
    Bytes,
}

/// Writes the store.
pub(in crate::guest) fn fill(base: &mut Base) {
    let Some(store) = KeyPath::parse(STORE) else { return };
    for (object, kind, elements) in OBJECTS {
        let object = store.join(object);
        base.set(&object.join("Description"), "Type", Value::dword(*kind));
        for (id, data, form) in *elements {
            let value = match form {
                Form::Text => Value::text(data),
                Form::List => Value::many([*data]),
                Form::Bytes => {
                    Value::binary(&crate::guest::spec::parse_hex(data).unwrap_or_default())
                }
            };
            base.set(&object.join("Elements").join(id), "Element", value);
        }
    }
}
