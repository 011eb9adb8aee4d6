use super::*;

#[test]
fn ids_are_in_order_and_every_entry_is_sound() {
    assert!(CORRUPTIONS.windows(2).all(|pair| pair[0].id < pair[1].id), "not in strict alphabetical order");
    for c in CORRUPTIONS {
        let id = c.id;
        assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()), "{id}");
        assert!(!c.title.is_empty() && c.text.ends_with('.') && !c.source.is_empty(), "{id}");
        assert!(c.severities.len() == 5 || (c.severities.is_empty() && c.parameters.is_empty()), "{id}");
        for values in c.severities {
            assert_eq!(values.len(), c.parameters.len(), "{id}");
            for (parameter, value) in c.parameters.iter().zip(*values) {
                parameter.check(*value).unwrap_or_else(|e| panic!("{id}: {e}"));
            }
        }
        assert!(c.place.is_none() || c.geometry == indicia_core::Geometry::Moved, "{id}");
    }
}
