//! Moments and lengths of time as Kubernetes and Flux write them. The clock itself stays outside: a moment comes in
//! with the state that is judged.

use std::fmt;

use serde::{Deserialize, Serialize};

const DAY: i64 = 86_400;

/// A moment, to the second, in UTC. Written and read as RFC 3339.
///
/// ```
/// use boltrope::recovery::Timestamp;
/// let moment = Timestamp::parse("2026-05-18T10:30:00.25+02:00").unwrap();
/// assert_eq!(moment.to_string(), "2026-05-18T08:30:00Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many seconds after 1970.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339, with or without fractions, with any offset. `None` if the text is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once(['T', 't', ' '])?;
        let [year, month, day] = fields(date, '-', [4, 2, 2])?;
        let end = rest.find(['Z', 'z', '+', '-'])?;
        let (clock, offset) = rest.split_at_checked(end)?;
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let [hour, minute, second] = fields(clock, ':', [2, 2, 2])?;
        let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let in_range = (1..=12).contains(&month)
            && day >= 1
            && day <= days_in_month(year, month)
            && hour < 24
            && minute < 60;
        // A leap second counts as the second before it, as in Go.
        if !is_fraction || !in_range || second > 60 {
            return None;
        }
        let local = days_since_epoch(year, month, day) * DAY + hour * 3600 + minute * 60 + second.min(59);
        Some(Self(local - offset_seconds(offset)?))
    }

    /// Seconds from `earlier` to this moment.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0.div_euclid(DAY));
        let second = self.0.rem_euclid(DAY);
        let (hour, minute) = (second / 3600, second / 60 % 60);
        write!(
            formatter,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z",
            second % 60
        )
    }
}

impl From<Timestamp> for String {
    fn from(moment: Timestamp) -> Self {
        moment.to_string()
    }
}

impl TryFrom<String> for Timestamp {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not a time like 2026-05-18T08:30:00Z"))
    }
}

/// Seconds of a Go duration such as `5m0s`, `1h30m`, `1.5h`, `300ms` (rounded up). `None` if the text is something else.
///
/// ```
/// use boltrope::recovery::parse_duration;
/// assert_eq!((parse_duration("1h30m"), parse_duration("90"), parse_duration("1.5s")), (Some(5400), None, Some(2)));
/// ```
#[must_use]
pub fn parse_duration(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut seconds = 0.0;
    if text.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let end = tail
            .find(|character: char| character.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, next) = tail.split_at_checked(end)?;
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * factor;
        rest = next;
    }
    // Two centuries are more than any timeout, and well inside what a float counts exactly.
    (seconds < 6.4e9).then(|| {
        #[expect(clippy::cast_possible_truncation, reason = "below 6.4e9, checked above")]
        let seconds = seconds.ceil() as i64;
        seconds
    })
}

/// A length of time as people say it: `45s`, `12m`, `3h`, `9d`.
#[must_use]
pub(super) fn spoken(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / DAY),
    }
}

fn fields(text: &str, separator: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut next = |width: usize| {
        let part = parts.next()?;
        let plain = part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| plain)
    };
    let [first, second, third] = widths;
    let found = [next(first)?, next(second)?, next(third)?];
    parts.next().is_none().then_some(found)
}

fn offset_seconds(offset: &str) -> Option<i64> {
    if offset == "Z" || offset == "z" {
        return Some(0);
    }
    let (sign, rest) = offset
        .strip_prefix('-')
        .map(|rest| (-1, rest))
        .or_else(|| offset.strip_prefix('+').map(|rest| (1, rest)))?;
    let [hours, minutes, _] = fields(&format!("{rest}:00"), ':', [2, 2, 2])?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March and eras of 400 of them.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The other way round: year, month, day.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let years = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (years + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn moments_are_those_of_another_library(seconds in -62_135_596_800_i64..253_402_300_799, offset in -86_399_i32 / 60..86_399 / 60) {
            let ours = Timestamp::from_unix(seconds);
            let theirs = jiff::Timestamp::from_second(seconds).unwrap();
            prop_assert_eq!(ours.to_string(), theirs.to_string());
            prop_assert_eq!(Timestamp::parse(&theirs.to_string()), Some(ours));
            let local = Timestamp::from_unix(seconds + i64::from(offset) * 60).to_string();
            let sign = if offset < 0 { '-' } else { '+' };
            let text = format!("{}.125{sign}{:02}:{:02}", local.trim_end_matches('Z'), offset.abs() / 60, offset.abs() % 60);
            if (1..9999).contains(&local.get(..4).and_then(|year| year.parse().ok()).unwrap_or(0)) {
                prop_assert_eq!(Timestamp::parse(&text), Some(ours), "{}", text);
            }
        }

        #[test]
        fn no_text_stops_the_readers(text in "\\PC*") {
            let _ = (Timestamp::parse(&text), parse_duration(&text));
        }
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in [
            "",
            "2026-05-18",
            "2026-05-18T10:30:00",
            "2026-13-18T10:30:00Z",
            "2026-02-30T10:30:00Z",
            "2026-05-18T24:30:00Z",
            "2026-05-18T10:30Z",
            "2026-05-18T10:30:00.Z",
            "2026-05-18T10:30:00+2:00",
            "26-05-18T10:30:00Z",
            "tomorrow",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn reads_durations_as_go_writes_them() {
        for (text, seconds) in [
            ("5m0s", Some(300)),
            ("1h30m", Some(5400)),
            ("1h30m0.5s", Some(5401)),
            ("1500ms", Some(2)),
            ("1.5h", Some(5400)),
            ("0s", Some(0)),
            ("5", None),
            ("5d", None),
            ("m", None),
            ("-5m", None),
            ("1..5s", None),
            ("9999999999h", None),
        ] {
            assert_eq!(parse_duration(text), seconds, "{text}");
        }
    }
}
