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
            fn blank() -> Self {
                Self {
                    $($required: $crate::rules::Decode::blank(),)*
                    $($field: $crate::rules::record!(@absent $($default)?),)*
                }
            }

            fn fill(
                &mut self,
                value: &serde_json::Value,
                at: &$crate::rules::At<'_>,
                mistakes: &mut $crate::rules::Mistakes,
            ) {
                const REQUIRED: &[&str] = &[$($required_key),*];
                const KEYS: &$crate::rules::Keys = &$crate::rules::Keys {
                    all: <$type as $crate::rules::Record>::KEYS,
                    required: REQUIRED.len(),
                    others: $crate::rules::Others::$others,
                };
                let fields: &mut [&mut dyn $crate::rules::Decode] =
                    &mut [$(&mut self.$required,)* $(&mut self.$field,)*];
                $crate::rules::read_record(KEYS, fields, value, at, mistakes);
            }
        }
    };
    (@absent) => { Default::default() };
    (@absent $default:expr) => { $default };
}

/// The words of an enum.
///
/// ```ignore
/// words!(Action { "enforce" => Enforce, "deny" => Deny });
/// ```
macro_rules! words {
    ($type:ty { $first_word:literal => $first:ident $(, $word:literal => $variant:ident)* $(,)? }) => {
        impl $crate::rules::Decode for $type {
            fn blank() -> Self {
                <$type>::$first
            }

            fn fill(
                &mut self,
                value: &serde_json::Value,
                at: &$crate::rules::At<'_>,
                mistakes: &mut $crate::rules::Mistakes,
            ) {
                const WORDS: &[&str] = &[$first_word $(, $word)*];
                const VARIANTS: &[$type] = &[<$type>::$first $(, <$type>::$variant)*];
                let index = $crate::rules::read_word(value, at, mistakes, WORDS);
                if let Some(variant) = index.and_then(|index| VARIANTS.get(index)) {
                    *self = *variant;
                }
            }
        }
    };
}

pub(crate) use {record, words};
