//! How Kubernetes prints floats: as JSON values, and as keys.
//!
//! A float leaves go-yaml as JSON text and is read again, so `1e3` arrives as the integer 1000. As a key it is printed by
//! Go's `FormatFloat(f, 'g', -1, 32)`: in 32-bit precision, with an exponent from six digits on.

use serde_json::Number;

/// The JSON number of a finite float: an integer where Go prints one that fits 64 bits. `None` for infinities and NaN.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
pub(crate) fn plain_number(value: f64) -> Option<Number> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value) {
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

/// The key that sigs.k8s.io/yaml makes of a float.
#[expect(
    clippy::cast_possible_truncation,
    reason = "Kubernetes rounds float keys to 32 bits"
)]
pub(crate) fn key_text(value: f64) -> String {
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    // The shortest digits, from the printer of JSON numbers that is there anyway; only their layout is Go's.
    let json = serde_json::to_string(&value).unwrap_or_default();
    let (sign, json) = json
        .strip_prefix('-')
        .map_or(("", json.as_str()), |json| ("-", json));
    let (mantissa, exponent) = json.split_once('e').unwrap_or((json, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.parse().unwrap_or(0) + i32::try_from(whole.len()).unwrap_or(0) - 1;
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let leading = i32::try_from(all.len() - digits.len()).unwrap_or(0);
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return format!("{sign}0");
    }
    format!("{sign}{}", laid_out(digits, exponent - leading))
}

/// Digits whose first is worth `10^exponent`.
fn laid_out(digits: &str, exponent: i32) -> String {
    let places = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
        let dot = if rest.is_empty() { "" } else { "." };
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{first}{dot}{rest}e{sign}{places:02}");
    }
    if exponent < 0 {
        return format!("0.{}{digits}", "0".repeat(places - 1));
    }
    match digits.split_at_checked(places + 1) {
        Some((whole, "")) => whole.to_owned(),
        Some((whole, fraction)) => format!("{whole}.{fraction}"),
        None => format!("{digits}{}", "0".repeat(places + 1 - digits.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_keys_as_go_does() {
        for (value, text) in [
            (1.5, "1.5"),
            (1e3, "1000"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (123_456_789.0, "1.2345679e+08"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (-0.0, "-0"),
            (2_017.781_25, "2017.7812"),
            (1e-45, "1e-45"),
            (1e300, ".inf"),
            (f64::NAN, ".nan"),
        ] {
            assert_eq!(key_text(value), text, "{value}");
        }
    }

    /// Rust's own printer, which has as many digits.
    fn key_text_of_std(value: f32) -> String {
        let scientific = format!("{value:e}");
        let (mantissa, exponent) = scientific.split_once('e').unwrap();
        let exponent: i32 = exponent.parse().unwrap();
        if (-4..6).contains(&exponent) {
            return format!("{value}");
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
    }

    #[test]
    fn floats_of_all_sizes_have_the_digits_of_another_printer() {
        for bits in (0..=u32::MAX).step_by(40_009) {
            let value = f32::from_bits(bits);
            if value.is_finite() {
                let (text, other) = (key_text(value.into()), key_text_of_std(value));
                // Where two are as near, Go's last digit is even and Rust's is the larger one.
                let is_tie = text.len() == other.len() && text.parse() == Ok(value);
                assert!(text == other || is_tie, "{bits:#x}: {text} {other}");
            }
        }
    }

    #[test]
    fn integral_floats_become_integers() {
        assert_eq!(plain_number(1e3), Some(Number::from(1000)));
        assert_eq!(plain_number(1.5), Number::from_f64(1.5));
        assert_eq!(
            plain_number(18_446_744_073_709_551_616.0),
            Number::from_f64(18_446_744_073_709_551_616.0)
        );
        assert_eq!(plain_number(f64::NAN), None);
    }
}
