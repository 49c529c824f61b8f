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
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
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
            (1e300, ".inf"),
            (f64::NAN, ".nan"),
        ] {
            assert_eq!(key_text(value), text, "{value}");
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
