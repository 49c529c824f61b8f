//! Which texts `!!timestamp` accepts: go-yaml v2's four formats. The value itself stays the text.

/// `2001-1-2`, `2001-1-2 15:4:5[.9]`, `2001-1-2T15:4:5[.9](Z|+07:00)`, the same with a small `t`.
pub(super) fn is_timestamp(text: &str) -> bool {
    parse(text).is_some()
}

fn parse(text: &str) -> Option<()> {
    let (year, rest) = text.split_at_checked(4)?;
    let year = number(year, 4..=4, 0..=9999)?;
    let (month, rest) = rest.strip_prefix('-')?.split_once('-')?;
    let month = number(month, 1..=2, 1..=12)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (day, rest) = rest.split_at_checked(end)?;
    number(day, 1..=2, 1..=days(year, month))?;
    match rest.as_bytes().first() {
        None => Some(()),
        Some(b' ') => clock(rest.get(1..)?).filter(|zone| zone.is_empty()).map(drop),
        Some(b'T' | b't') => zone(clock(rest.get(1..)?)?),
        Some(_) => None,
    }
}

/// Hours, minutes, seconds with a fraction; gives what follows.
fn clock(text: &str) -> Option<&str> {
    let (hour, rest) = text.split_once(':')?;
    number(hour, 1..=2, 0..=23)?;
    let (minute, rest) = rest.split_once(':')?;
    number(minute, 1..=2, 0..=59)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (second, rest) = rest.split_at_checked(end)?;
    number(second, 1..=2, 0..=59)?;
    let Some(fraction) = rest.strip_prefix(['.', ',']) else {
        return Some(rest);
    };
    let end = fraction
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(fraction.len());
    if end == 0 { None } else { fraction.get(end..) }
}

fn zone(text: &str) -> Option<()> {
    if text == "Z" {
        return Some(());
    }
    let (hour, minute) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    number(hour, 2..=2, 0..=24)?;
    number(minute, 2..=2, 0..=60)?;
    Some(())
}

fn number(
    text: &str,
    width: std::ops::RangeInclusive<usize>,
    range: std::ops::RangeInclusive<u32>,
) -> Option<u32> {
    if !width.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|value| range.contains(value))
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_four_formats() {
        for text in [
            "2001-01-01",
            "2001-1-2",
            "2001-12-14T21:59:43.10-05:00",
            "2001-12-14t1:2:3Z",
            "2001-12-14 21:59:43",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in [
            "",
            "2001",
            "2001-02-30",
            "2001-12-14 21:59:43.10 -5",
            "2001-12-14T21:59:43",
            "01-01-2001",
            "é001-1-1",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
