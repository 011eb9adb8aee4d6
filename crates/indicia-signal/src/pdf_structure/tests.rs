use indicia_codec::pdf::write::{PAGE, Writer};
use indicia_core::{
    BuildContext, Claim, Evidence, Examination, ExhibitData, Finding, Kind, Limits, Standing,
};

use super::INFO;

fn examine(kind: Kind, bytes: &[u8]) -> Examination {
    let method = (INFO.build)(&BuildContext::default()).unwrap();
    method.examine(&Evidence::new(kind, bytes.to_vec(), Limits::default())).unwrap()
}

fn findings(bytes: &[u8]) -> Vec<Finding> {
    let Examination::Findings(found) = examine(Kind::Pdf, bytes) else { panic!("not applicable") };
    for finding in &found {
        let text = &finding.statement;
        assert!(text.ends_with('.') && !text.contains("  "), "{text}");
        for exhibit in &finding.exhibits {
            let ExhibitData::Table(table) = &exhibit.data else { panic!("expected a table") };
            assert!(!table.rows.is_empty(), "{}", exhibit.id);
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", exhibit.id);
        }
    }
    found
}

fn statements(bytes: &[u8]) -> Vec<String> {
    let found = findings(bytes);
    assert!(found.iter().all(|f| f.standing == Standing::Exhibit && f.claim == Claim::Observation));
    found.into_iter().map(|f| f.statement).collect()
}

#[track_caller]
fn tells(bytes: &[u8], words: &[&str]) {
    let all = statements(bytes);
    for word in words {
        assert!(all.iter().any(|s| s.contains(word)), "{word:?} not in {all:#?}");
    }
}

const TEXT: &str = "BT /F1 12 Tf 20 50 Td (Total 100) Tj ET";

#[test]
fn a_plain_file_has_nothing_to_tell_and_another_kind_is_not_applicable() {
    let plain = Writer::page(TEXT);
    assert_eq!(
        statements(plain.bytes()),
        ["The file holds one version, no signature, no script and no hidden text."]
    );
    let Examination::NotApplicable { why } = examine(Kind::Png, b"\x89PNG") else { panic!("applies") };
    assert_eq!(why, "needs a PDF, this is a PNG");
}

#[test]
fn a_later_version_that_redraws_a_page_is_told_from_one_that_does_not() {
    let mut changed = Writer::page(TEXT);
    changed.stream(4, "", b"BT /F1 12 Tf 20 50 Td (Total 900) Tj ET").end("/Root 1 0 R");
    tells(changed.bytes(), &["saved once more", "Version 2 changed what page 1 shows."]);
    let mut same = Writer::page(TEXT);
    same.stream(4, "", TEXT.as_bytes()).end("/Root 1 0 R");
    let all = statements(same.bytes());
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].contains("saved once more"), "{all:#?}");
}

#[test]
fn text_under_a_dark_rectangle_is_a_failed_redaction() {
    let under = format!("{TEXT} 0 g 10 40 120 30 re f");
    tells(Writer::page(&under).bytes(), &["8 letters stand under dark rectangles", "On page 1"]);
    // Before the text it is a background.
    let before = format!("0 0 0 rg 10 40 120 30 re f 1 g {TEXT}");
    assert_eq!(statements(Writer::page(&before).bytes()).len(), 1);
    let replaced = format!("{TEXT} 1 g 10 40 120 30 re f 0 g BT /F1 12 Tf 20 50 Td (Total 900) Tj ET");
    tells(Writer::page(&replaced).bytes(), &["other text is drawn over the cover"]);
    let white = format!("{TEXT} 1 g 10 40 120 30 re f");
    tells(Writer::page(&white).bytes(), &["covered by rectangles of paper's"]);
}

#[test]
fn invisible_and_white_text_is_seen() {
    tells(
        Writer::page(&format!("3 Tr {TEXT}")).bytes(),
        &["8 letters of invisible text lie where no picture is"],
    );
    tells(Writer::page(&format!("1 g {TEXT}")).bytes(), &["8 letters are drawn in the colour of paper"]);
}

/// A page with a signature over all of its first version, which allows `permission`.
fn signed(permission: Option<u8>) -> Writer {
    let reference = permission.map_or_else(String::new, |p| {
        format!("/Reference[<</TransformMethod/DocMDP/TransformParams<</P {p}>>>>]")
    });
    let mut out = Writer::new();
    out.object(1, "<</Type/Catalog/Pages 2 0 R>>")
        .object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
        .object(3, PAGE)
        .stream(4, "", TEXT.as_bytes())
        .object(5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
        .object(6, "<</Type/Font/Subtype/Type1/BaseFont/Courier>>")
        .object(
            7,
            &format!(
                "<</Type/Sig/SubFilter/adbe.pkcs7.detached{reference}/ByteRange[0000000000 0000000001 0000000002 \
                 0000000003]/Contents<00112233>>>"
            ),
        )
        .end("/Root 1 0 R");
    let text = out.bytes().to_vec();
    let find = |needle: &[u8]| text.windows(needle.len()).position(|w| w == needle).unwrap();
    let (from, to) = (find(b"<00112233>"), find(b"<00112233>") + 10);
    for (slot, value) in [("0000000001", from), ("0000000002", to), ("0000000003", text.len() - to)] {
        let at = find(slot.as_bytes());
        out.bytes_mut()[at..at + 10].copy_from_slice(format!("{value:010}").as_bytes());
    }
    out
}

#[test]
fn content_changed_after_a_certifying_signature_is_claimed_to_be_manipulated() {
    let whole = signed(Some(2));
    tells(whole.bytes(), &["carries 1 signature that covers the whole file"]);
    let mut changed = signed(Some(2));
    changed.stream(4, "", b"BT /F1 12 Tf 20 50 Td (Total 900) Tj ET").end("/Root 1 0 R");
    let claims: Vec<_> =
        findings(changed.bytes()).into_iter().filter(|f| f.claim == Claim::Manipulated).collect();
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].standing, Standing::Exhibit);
    assert!(claims[0].statement.contains("forbids to change the pages"), "{}", claims[0].statement);
    // Without a certification it is told only, as is what leaves pages alone.
    let mut approved = signed(None);
    approved.stream(4, "", b"BT (other) Tj ET").end("/Root 1 0 R");
    tells(approved.bytes(), &["After the document was signed, what page 1 shows was changed"]);
    let mut annotated = signed(Some(1));
    annotated.object(8, "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]>>").end("/Root 1 0 R");
    tells(annotated.bytes(), &["what the pages themselves draw is as it was signed"]);
}

#[test]
fn scripts_attachments_and_layers_are_named() {
    let mut file = Writer::page(TEXT);
    file.object(
        1,
        "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>\
         /OCProperties<</OCGs[8 0 R 9 0 R]/D<</OFF[9 0 R]>>>>>>",
    )
    .object(7, "<</Type/Action/S/Launch/F(calc.exe)>>")
    .object(8, "<</Type/OCG/Name(shown)>>")
    .object(9, "<</Type/OCG/Name(hidden)>>")
    .stream(10, "/Type/EmbeddedFile", b"hello")
    .end("/Root 1 0 R");
    tells(
        file.bytes(),
        &[
            "scripts, actions that start programs or open files; nothing of it was run",
            "A file is attached",
            "1 of 2 layers is hidden",
        ],
    );
}

#[test]
fn dates_and_programs_that_contradict_each_other_are_told() {
    let with = |info: &str| {
        let mut file = Writer::page(TEXT);
        file.object(7, info).end("/Root 1 0 R/Info 7 0 R");
        file.bytes().to_vec()
    };
    let order = "<</CreationDate(D:20240601120000Z)/ModDate(D:20240501120000Z)/Creator(Microsoft Word)/Producer(iText 7)>>";
    tells(
        &with(order),
        &["made later, on 2024-06-01", "Microsoft Office as the program of its content and iText"],
    );
    let same = "<</CreationDate(D:20240601120000Z)/ModDate(D:20240601120000Z)/Producer(Word)>>";
    tells(&with(same), &["never changed, while it holds more than one version"]);
}

#[test]
fn two_subsets_of_one_font_on_a_page_are_told() {
    let mut file = Writer::page("BT /F1 12 Tf 20 50 Td (Total) Tj /F2 12 Tf (900) Tj ET");
    file.object(5, "<</Type/Font/Subtype/Type1/BaseFont/ABCDEF+Arial>>")
        .object(6, "<</Type/Font/Subtype/Type1/BaseFont/GHIJKL+Arial>>")
        .end("/Root 1 0 R");
    tells(file.bytes(), &["one font is used in several subsets"]);
}
