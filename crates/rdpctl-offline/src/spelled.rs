//! What the reader of disks says, by key: it knows nothing of ours, so that its errors are put into ours here. What is
//! wrong at a place is its own spelling of a structure's rules, and stays as it is.

use rdpctl_disk::{Access, Damage, Error, NotEdited, NotPlain, Refusal, Structure};
use rdpctl_model::Said;

/// Why a disk is left alone, or cannot be read.
#[must_use]
pub fn error(error: &Error) -> Said {
    match error {
        Error::Io { access, at, .. } => match access {
            Access::Open => say::cannot_open(*at),
            Access::Read => say::cannot_read(*at),
            Access::Write => say::cannot_write(*at),
            Access::Flush => say::cannot_flush(*at),
        },
        Error::Damaged(found) => damage(found),
        Error::Refused(why) => refusal(why),
    }
}

/// The same, with what can be done instead where there is something.
#[must_use]
pub fn with_way_out(of: &Error) -> Said {
    match way(of) {
        None => error(of),
        Some(way) => say::way_out(error(of), way),
    }
}

/// Bytes that contradict themselves.
#[must_use]
pub fn damage(damage: &Damage) -> Said {
    let structure = match damage.structure {
        Structure::PartitionTable => say::partition_table(),
        Structure::Ntfs => say::ntfs(),
        Structure::FileRecord => say::file_record(),
        Structure::Folder => say::folder(),
        Structure::SecurityStore => say::security_store(),
        Structure::Descriptor => say::descriptor(),
        Structure::Fat => say::fat(),
        Structure::Hive => say::hive(),
        Structure::HiveLog => say::hive_log(),
        Structure::BootStore => say::boot_store(),
        Structure::Journal => say::journal(),
    };
    say::damaged(structure, damage.at, damage.what)
}

fn refusal(refusal: &Refusal) -> Said {
    match refusal {
        Refusal::Wrapped(wrapper) => say::wrapped(wrapper.to_string()),
        Refusal::InUse => say::in_use(),
        Refusal::NoTable => say::no_table(),
        Refusal::BitLocker => say::bit_locker(),
        Refusal::ReFs => say::re_fs(),
        Refusal::StorageSpaces => say::storage_spaces(),
        Refusal::DynamicDisk => say::dynamic_disk(),
        Refusal::Hibernated => say::hibernated(),
        Refusal::UncleanLog => say::unclean_log(),
        Refusal::DirtyVolume => say::dirty_volume(),
        Refusal::LogsDoNotApply => say::logs_do_not_apply(),
        Refusal::LogsDisagree => say::logs_disagree(),
        Refusal::HiveDamaged(finding) => say::hive_damaged(finding.to_string()),
        Refusal::HiveMustGrow => say::hive_must_grow(),
        Refusal::HiveEdit(NotEdited::LargeValue) => say::large_value(),
        Refusal::HiveEdit(NotEdited::Name) => say::other_name(),
        Refusal::HiveEdit(NotEdited::FullList) => say::full_list(),
        Refusal::HiveEdit(NotEdited::UnsortedList) => say::unsorted_list(),
        Refusal::HiveEdit(NotEdited::Link) => say::link(),
        Refusal::NotPlain(NotPlain::Resident) => say::resident(),
        Refusal::NotPlain(NotPlain::Sparse) => say::sparse(),
        Refusal::NotPlain(NotPlain::Compressed) => say::compressed(),
        Refusal::NotPlain(NotPlain::Encrypted) => say::encrypted(),
        Refusal::NotPlain(NotPlain::Uninitialized) => say::uninitialized(),
        Refusal::NoWindows => say::no_windows(),
        Refusal::SeveralWindows(count) => say::several_windows(*count),
        Refusal::NoSuchInstallation { asked, of } => say::no_such_installation(*asked, *of),
        Refusal::NoControlSet => say::no_control_set(),
        Refusal::NoBootStore => say::no_boot_store(),
        Refusal::NoDefaultEntry => say::no_default_entry(),
        Refusal::NoEmsSettings => say::no_ems_settings(),
        Refusal::NoHealthyDescriptor => say::no_healthy_descriptor(),
        Refusal::NameStays => say::name_stays(),
        Refusal::OtherDisk => say::other_disk(),
        Refusal::ChangedSince { at } => say::changed_since(*at),
    }
}

/// What can be done instead, where there is something: nothing helps a device that says no.
fn way(of: &Error) -> Option<Said> {
    match of {
        Error::Io { .. } => None,
        Error::Damaged(damage) => Some(match damage.structure {
            Structure::PartitionTable => say::way_table(),
            Structure::Ntfs
            | Structure::FileRecord
            | Structure::Folder
            | Structure::SecurityStore
            | Structure::Descriptor => say::way_chkdsk(),
            Structure::Fat => say::way_chkdsk_system(),
            Structure::Hive | Structure::HiveLog => say::way_hive(),
            Structure::BootStore => say::way_boot_store(),
            Structure::Journal => say::way_journal(),
        }),
        Error::Refused(why) => Some(match &**why {
            Refusal::Wrapped(_) => say::way_wrapped(),
            Refusal::InUse => say::way_in_use(),
            Refusal::NoTable => say::way_no_table(),
            Refusal::BitLocker => say::way_bit_locker(),
            Refusal::ReFs => say::way_re_fs(),
            Refusal::StorageSpaces => say::way_storage_spaces(),
            Refusal::DynamicDisk => say::way_dynamic_disk(),
            Refusal::Hibernated => say::way_hibernated(),
            Refusal::UncleanLog => say::way_unclean_log(),
            Refusal::DirtyVolume => say::way_dirty_volume(),
            Refusal::LogsDoNotApply | Refusal::LogsDisagree => say::way_logs(),
            Refusal::HiveDamaged(_) => say::way_hive(),
            Refusal::HiveMustGrow => say::way_hive_must_grow(),
            Refusal::HiveEdit(_) => say::way_hive_edit(),
            Refusal::NotPlain(_) => say::way_not_plain(),
            Refusal::NoWindows => say::way_no_windows(),
            Refusal::SeveralWindows(_) | Refusal::NoSuchInstallation { .. } => say::way_several(),
            Refusal::NoControlSet => say::way_no_control_set(),
            Refusal::NoBootStore | Refusal::NoDefaultEntry | Refusal::NoEmsSettings => {
                say::way_boot_store()
            }
            Refusal::NoHealthyDescriptor => say::way_descriptor(),
            Refusal::NameStays => say::way_name(),
            Refusal::OtherDisk => say::way_other_disk(),
            Refusal::ChangedSince { .. } => say::way_changed(),
        }),
    }
}

rdpctl_model::says! { "disk-refusal":
    cannot_open(at);
    cannot_read(at);
    cannot_write(at);
    cannot_flush(at);
    damaged(structure, at, what);
    partition_table();
    ntfs();
    file_record();
    folder();
    security_store();
    descriptor();
    fat();
    hive();
    hive_log();
    boot_store();
    journal();
    wrapped(wrapper);
    in_use();
    no_table();
    bit_locker();
    re_fs();
    storage_spaces();
    dynamic_disk();
    hibernated();
    unclean_log();
    dirty_volume();
    logs_do_not_apply();
    logs_disagree();
    hive_damaged(finding);
    hive_must_grow();
    large_value();
    other_name();
    full_list();
    unsorted_list();
    link();
    resident();
    sparse();
    compressed();
    encrypted();
    uninitialized();
    no_windows();
    several_windows(count);
    no_such_installation(asked, of);
    no_control_set();
    no_boot_store();
    no_default_entry();
    no_ems_settings();
    no_healthy_descriptor();
    name_stays();
    other_disk();
    changed_since(at);
    way_out(why, way);
    way_table();
    way_chkdsk();
    way_chkdsk_system();
    way_journal();
    way_wrapped();
    way_in_use();
    way_no_table();
    way_bit_locker();
    way_re_fs();
    way_storage_spaces();
    way_dynamic_disk();
    way_hibernated();
    way_unclean_log();
    way_dirty_volume();
    way_logs();
    way_hive();
    way_hive_must_grow();
    way_hive_edit();
    way_not_plain();
    way_no_windows();
    way_several();
    way_no_control_set();
    way_boot_store();
    way_descriptor();
    way_name();
    way_other_disk();
    way_changed();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_english_it_is_as_the_reader_of_disks_spells_it() {
        for refusal in [
            Refusal::BitLocker,
            Refusal::UncleanLog,
            Refusal::DirtyVolume,
            Refusal::SeveralWindows(2),
            Refusal::NotPlain(NotPlain::Sparse),
            Refusal::HiveEdit(NotEdited::Link),
            Refusal::NoSuchInstallation { asked: 3, of: 2 },
            Refusal::ChangedSince { at: 4096 },
        ] {
            let of = Error::from(refusal);
            assert_eq!(rdpctl_words::english(&error(&of)), of.to_string());
            assert_eq!(way(&of).map(|way| rdpctl_words::english(&way)).as_deref(), of.way_out());
        }
        let damage = Damage { structure: Structure::Hive, at: 32, what: "a cell is too long" };
        assert_eq!(rdpctl_words::english(&super::damage(&damage)), damage.to_string());
    }
}
