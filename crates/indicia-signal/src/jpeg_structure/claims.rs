//! What tables and sampling say beside what the metadata claims.
//!
//! Tables are habits, and software imitates cameras, so everything here is an observation. Cameras mostly carry
//! tables of their own (E. Kee, M. K. Johnson, H. Farid 2011), but many phones write libjpeg's.

use indicia_codec::Metadata;
use indicia_codec::jpeg::{Jpeg, parse_header};
use indicia_core::Limits;

use super::tables::{self, Nearest, Role};

/// What is compared, as read from a file.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Facts {
    /// Chroma sampling, such as `4:2:0`; `None` for a picture that has not three components.
    pub sampling: Option<&'static str>,
    /// Nearest tables of luma and chroma.
    pub luma: Option<Nearest>,
    pub chroma: Option<Nearest>,
    /// What is known of the luma table.
    pub known: Vec<&'static str>,
    /// Nearest table of the thumbnail's luma.
    pub thumbnail: Option<Nearest>,
    /// Camera maker that the metadata names, where it names exposure values too.
    pub maker: Option<String>,
    /// Programs that the metadata names.
    pub software: Vec<String>,
}

impl Facts {
    pub fn of(jpeg: &Jpeg, metadata: Option<&Metadata>, limits: &Limits) -> Self {
        let luma = jpeg.components.first();
        let nearest = |steps: &[u16; 64], role| Some(tables::nearest(steps, role));
        let thumbnail = metadata
            .and_then(|m| m.thumbnail.as_ref())
            .and_then(|bytes| parse_header(bytes, limits).ok())
            .and_then(|thumbnail| {
                thumbnail.components.first().map(|c| tables::nearest(&c.steps, Role::Luma))
            });
        let exif = metadata.and_then(|m| m.exif.as_ref());
        Self {
            sampling: sampling(jpeg),
            luma: luma.and_then(|c| nearest(&c.steps, Role::Luma)),
            chroma: jpeg.components.get(1).and_then(|c| nearest(&c.steps, Role::Chroma)),
            known: luma.map(|c| tables::known(&c.steps)).unwrap_or_default(),
            thumbnail,
            maker: exif.filter(|e| !e.exposure_fields.is_empty()).and_then(|e| e.make.clone()),
            software: metadata
                .map(|m| m.software.iter().map(|s| s.name.clone()).collect())
                .unwrap_or_default(),
        }
    }
}

/// J:a:b notation of three components whose chroma is not larger than luma (T.81 gives the factors only).
fn sampling(jpeg: &Jpeg) -> Option<&'static str> {
    let [y, cb, cr] = &jpeg.components[..] else { return None };
    if (cb.h, cb.v) != (cr.h, cr.v) || cb.h == 0 || cb.v == 0 || y.h % cb.h != 0 || y.v % cb.v != 0 {
        return Some("unusual");
    }
    Some(match (y.h / cb.h, y.v / cb.v) {
        (1, 1) => "4:4:4",
        (2, 1) => "4:2:2",
        (2, 2) => "4:2:0",
        (1, 2) => "4:4:0",
        (4, 1) => "4:1:1",
        (4, 2) => "4:1:0",
        _ => "unusual",
    })
}

fn is_exact(nearest: Option<Nearest>) -> Option<Nearest> {
    nearest.filter(|n| n.distance == 0.0)
}

/// What is worth saying, each in a phrase; those that speak against the metadata begin with `but `.
pub(crate) fn notes(facts: &Facts) -> Vec<String> {
    let mut notes = vec![];
    if let Some(sampling) = facts.sampling {
        notes.push(format!("chroma sampling is {sampling}"));
    }
    let (luma, chroma) = (is_exact(facts.luma), is_exact(facts.chroma));
    if let (Some(luma), Some(chroma)) = (luma, chroma) {
        notes.push(if (luma.family, luma.quality) == (chroma.family, chroma.quality) {
            format!("both tables are one setting of {}, quality {}", luma.family, luma.quality)
        } else {
            format!(
                "luma and chroma tables are two settings ({} {} and {} {}), which one quality does not give",
                luma.family, luma.quality, chroma.family, chroma.quality
            )
        });
    }
    if let Some(maker) = &facts.maker {
        notes.extend(of_maker(facts, maker, luma));
    }
    let named = |word: &str| facts.software.iter().any(|name| name.to_lowercase().contains(word));
    if facts.known.iter().any(|k| k.contains("Photoshop"))
        && !named("photoshop")
        && !named("adobe")
        && !named("lightroom")
    {
        notes.push("but the tables are Photoshop's and no field names an Adobe program".to_owned());
    }
    if let (Some(main), Some(thumbnail)) = (facts.luma, facts.thumbnail) {
        let name = |n: Nearest| match n.distance {
            0.0 => format!("{} {}", n.family, n.quality),
            _ => "tables of their own".to_owned(),
        };
        if (main.distance == 0.0) != (thumbnail.distance == 0.0) {
            notes.push(format!(
                "picture ({}) and thumbnail ({}) were written with tables of different kinds",
                name(main),
                name(thumbnail)
            ));
        }
    }
    notes
}

/// The claimed maker beside the tables.
fn of_maker(facts: &Facts, maker: &str, luma: Option<Nearest>) -> Option<String> {
    let is = |known: &str| known.to_lowercase().contains(&format!("seen in {} ", first_word(maker)));
    if facts.known.iter().any(|k| is(k)) {
        return Some(format!("the luma table was seen in files of the named maker {maker}"));
    }
    if let Some(other) = facts.known.iter().find(|k| k.contains("seen in ")) {
        let other = other.trim_start_matches("luma: ");
        return Some(format!("but the metadata names {maker}, and the luma table was {other}"));
    }
    let luma = luma?;
    Some(if tables::all_known().any(is) {
        format!(
            "but the metadata names {maker}, of whose files only tables of its own are known here, and the luma \
             table is {} quality {}",
            luma.family, luma.quality
        )
    } else {
        format!(
            "the metadata names {maker} and the luma table is {} quality {}, as programs and many phones write it",
            luma.family, luma.quality
        )
    })
}

/// First word of a maker's name in lower case: `NIKON CORPORATION` and `NIKON` are one.
fn first_word(maker: &str) -> String {
    maker.split_whitespace().next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::gray_jpeg;

    fn exact(family: &'static str, quality: u8) -> Option<Nearest> {
        Some(Nearest { family, quality, distance: 0.0 })
    }

    fn own() -> Option<Nearest> {
        Some(Nearest { family: "libjpeg", quality: 90, distance: 1.5 })
    }

    const NIKON: &str = "luma: seen in NIKON camera files (NIKON D70)";

    #[test]
    fn one_setting_and_two_are_told_apart() {
        let facts = Facts { luma: exact("libjpeg", 90), chroma: exact("libjpeg", 90), ..Facts::default() };
        assert_eq!(notes(&facts), ["both tables are one setting of libjpeg, quality 90"]);
        let facts = Facts { chroma: exact("libjpeg", 70), ..facts };
        assert!(notes(&facts)[0].contains("two settings (libjpeg 90 and libjpeg 70)"), "{:?}", notes(&facts));
        assert!(notes(&Facts { luma: own(), chroma: own(), ..Facts::default() }).is_empty());
    }

    #[test]
    fn a_maker_is_compared_with_what_is_known() {
        let maker = |name: &str| Some(name.to_owned());
        let facts =
            Facts { luma: own(), known: vec![NIKON], maker: maker("NIKON CORPORATION"), ..Facts::default() };
        assert_eq!(notes(&facts), ["the luma table was seen in files of the named maker NIKON CORPORATION"]);
        let facts = Facts { maker: maker("Canon"), ..facts };
        assert!(notes(&facts)[0].starts_with("but the metadata names Canon"), "{:?}", notes(&facts));
        let facts = Facts { luma: exact("libjpeg", 95), known: vec![], ..facts };
        assert!(notes(&facts)[0].contains("many phones"), "nothing is known of Canon: {:?}", notes(&facts));
        let facts = Facts { maker: maker("NIKON"), ..facts };
        assert!(notes(&facts)[0].starts_with("but the metadata names NIKON"), "{:?}", notes(&facts));
        // A table of its own that is not known says nothing.
        assert!(notes(&Facts { luma: own(), ..facts }).is_empty());
    }

    #[test]
    fn photoshops_tables_want_an_adobe_program() {
        let known = vec!["luma: Adobe Photoshop as Pillow's preset `high` gives it"];
        let facts = Facts { known, ..Facts::default() };
        assert_eq!(notes(&facts).len(), 1);
        let software = vec!["Adobe Photoshop CS6 (Windows)".to_owned()];
        assert!(notes(&Facts { software, ..facts }).is_empty());
    }

    #[test]
    fn a_thumbnail_of_another_kind_is_named() {
        let facts = Facts { luma: own(), thumbnail: exact("libjpeg", 75), ..Facts::default() };
        assert!(notes(&facts)[0].contains("thumbnail (libjpeg 75)"), "{:?}", notes(&facts));
        assert!(notes(&Facts { thumbnail: own(), ..facts }).is_empty());
    }

    #[test]
    fn sampling_is_read_from_the_factors() {
        let mut jpeg = gray_jpeg([1; 64], 1, vec![[0; 64]]);
        assert_eq!(sampling(&jpeg), None);
        let chroma = jpeg.components[0].clone();
        jpeg.components.extend([chroma.clone(), chroma]);
        for (factors, name) in [((1, 1), "4:4:4"), ((2, 1), "4:2:2"), ((2, 2), "4:2:0"), ((1, 2), "4:4:0")] {
            (jpeg.components[0].h, jpeg.components[0].v) = factors;
            assert_eq!(sampling(&jpeg), Some(name));
        }
        jpeg.components[1].h = 2;
        assert_eq!(sampling(&jpeg), Some("unusual"));
    }
}
