//! A moment as Windows' tools write it.

/// `2026-05-02T03:11:22.1230000Z`.
pub(super) fn system_time(milliseconds: u64) -> String {
    let civil = i64::try_from(milliseconds)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .map(|timestamp| timestamp.to_zoned(jiff::tz::TimeZone::UTC).datetime());
    civil.map_or_else(
        || "1970-01-01T00:00:00.0000000Z".to_owned(),
        |at| {
            format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}0000Z",
                at.year(),
                at.month(),
                at.day(),
                at.hour(),
                at.minute(),
                at.second(),
                at.millisecond()
            )
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_as_events_carry_them() {
        assert_eq!(system_time(1_777_691_482_123), "2026-05-02T03:11:22.1230000Z");
    }
}
