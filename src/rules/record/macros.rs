//! What a struct or an enum writes down to be read.

/// The keys of a struct: those it must have, then those it may have with what they are when absent
/// (`Default` unless `= …` says otherwise).
///
/// ```ignore
/// record!(RawEntry, required { "from" => from }, optional { "shared" => shared, "ratchet" => ratchet = true });
/// ```
///
/// `record!(ignoring others: …)` leaves unknown keys to whoever reads the struct.
macro_rules! record {
    (ignoring others: $type:ty, required { $($required:tt)* }, optional { $($optional:tt)* }) => {
        $crate::rules::record!(@impl Ignored, $type, { $($required)* }, { $($optional)* });
    };
    ($type:ty, required { $($required:tt)* }, optional { $($optional:tt)* }) => {
        $crate::rules::record!(@impl Refused, $type, { $($required)* }, { $($optional)* });
    };
    (
        @impl $others:ident,
        $type:ty,
        { $($required_key:literal => $required:ident),* $(,)? },
        { $($key:literal => $field:ident $(= $default:expr)?),* $(,)? }
    ) => {
        impl $crate::rules::Record for $type {
            const KEYS: &'static [&'static str] = &[$($required_key,)* $($key,)*];
        }

        impl $crate::rules::Decode for $type {
            fn decode(
                value: &serde_json::Value,
                at: &$crate::rules::At<'_>,
                mistakes: &mut $crate::rules::Mistakes,
            ) -> Option<Self> {
                $(let mut $required = None;)*
                $(let mut $field = None;)*
                let slots = &mut [
                    $($crate::rules::Slot::required($required_key, &mut $required),)*
                    $($crate::rules::Slot::optional($key, &mut $field),)*
                ];
                $crate::rules::read_record(value, at, mistakes, $crate::rules::Others::$others, slots)?;
                Some(Self {
                    $($required: $required?,)*
                    $($field: $crate::rules::record!(@absent $field $($default)?),)*
                })
            }
        }
    };
    (@absent $field:ident) => { $field.unwrap_or_default() };
    (@absent $field:ident $default:expr) => { $field.unwrap_or($default) };
}

/// The words of an enum.
///
/// ```ignore
/// words!(Action { "enforce" => Enforce, "deny" => Deny });
/// ```
macro_rules! words {
    ($type:ty { $($word:literal => $variant:ident),* $(,)? }) => {
        impl $crate::rules::Decode for $type {
            fn decode(
                value: &serde_json::Value,
                at: &$crate::rules::At<'_>,
                mistakes: &mut $crate::rules::Mistakes,
            ) -> Option<Self> {
                const VARIANTS: &[$type] = &[$(<$type>::$variant),*];
                let index = $crate::rules::read_word(value, at, mistakes, &[$($word),*])?;
                VARIANTS.get(index).copied()
            }
        }
    };
}

pub(crate) use {record, words};
