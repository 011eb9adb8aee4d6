//! Signed files for the tests, made on the spot with the certificates beside this file.

use std::io::Cursor;
use std::sync::Arc;

use c2pa::{Builder, Context, SigningAlg, create_signer};
use indicia_codec::{Provenance, ProvenanceKey};
use indicia_core::{Evidence, Kind, Limits, TrustSettings};
use serde_json::{Value, json};

pub const ROOT: &str = include_str!("certificates/root.pem");
pub const PLAIN_JPEG: &[u8] = include_bytes!("plain.jpg");

const SIGNER: (&[u8], &[u8]) =
    (include_bytes!("certificates/signer.chain.pem"), include_bytes!("certificates/signer.key"));
pub const IMPOSTOR: (&[u8], &[u8]) =
    (include_bytes!("certificates/impostor.chain.pem"), include_bytes!("certificates/impostor.key"));

/// A manifest whose only action declares how the picture was made.
pub fn created(source: &str) -> Value {
    let source = format!("http://cv.iptc.org/newscodes/digitalsourcetype/{source}");
    json!({
        "title": "A test",
        "claim_generator_info": [{ "name": "indicia-tests", "version": "1" }],
        "assertions": [{
            "label": "c2pa.actions.v2",
            "data": { "actions": [{ "action": "c2pa.created", "digitalSourceType": source }] }
        }]
    })
}

pub fn builder(definition: &Value) -> Builder {
    let settings = r#"{"verify": {"verify_after_sign": false}}"#;
    let context = Context::new().with_settings(settings).unwrap();
    Builder::from_context(context).with_definition(definition.clone()).unwrap()
}

pub fn sign_as(keys: (&[u8], &[u8]), mut builder: Builder, kind: Kind, plain: &[u8]) -> Vec<u8> {
    let signer = create_signer::from_keys(keys.0, keys.1, SigningAlg::Es256, None).unwrap();
    let mut signed = Cursor::new(vec![]);
    builder.sign(signer.as_ref(), kind.media_type(), &mut Cursor::new(plain), &mut signed).unwrap();
    signed.into_inner()
}

/// Signs a picture with the test signer.
pub fn sign(builder: Builder, kind: Kind, plain: &[u8]) -> Vec<u8> {
    sign_as(SIGNER, builder, kind, plain)
}

pub fn captured() -> Vec<u8> {
    sign(builder(&created("digitalCapture")), Kind::Jpeg, PLAIN_JPEG)
}

pub fn trust() -> TrustSettings {
    TrustSettings { anchors_pem: Some(ROOT.to_owned()), ..TrustSettings::default() }
}

pub fn provenance_of(kind: Kind, bytes: Vec<u8>, trust: TrustSettings) -> indicia_core::Provenance {
    let evidence = Evidence::new(kind, bytes, Limits::default());
    evidence.view::<Provenance>(ProvenanceKey(Arc::new(trust))).unwrap().0.clone()
}

pub fn failures(provenance: &indicia_core::Provenance) -> Vec<&str> {
    provenance.codes.iter().filter(|c| c.outcome == "failure").map(|c| c.code.as_str()).collect()
}

/// Position of `needle`, which must be there.
pub fn find(haystack: &[u8], needle: &[u8]) -> usize {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
        .expect("the signed file holds the bytes")
}

/// One file of every kind that can carry a manifest.
pub fn plain_files() -> Vec<(Kind, Vec<u8>)> {
    let rgb: Vec<u8> = (0..8 * 8 * 3).map(|i| (i * 7 % 256) as u8).collect();
    let mut png = vec![];
    let mut encoder = png::Encoder::new(&mut png, 8, 8);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&rgb).unwrap();

    let mut webp = vec![];
    image_webp::WebPEncoder::new(&mut webp).encode(&rgb, 8, 8, image_webp::ColorType::Rgb8).unwrap();

    let mut gif = vec![];
    let mut encoder = gif::Encoder::new(&mut gif, 8, 8, &[]).unwrap();
    encoder.write_frame(&gif::Frame::from_rgb(8, 8, &rgb)).unwrap();
    drop(encoder);

    let mut tiff = Cursor::new(vec![]);
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut tiff).unwrap();
    encoder.write_image::<tiff::encoder::colortype::RGB8>(8, 8, &rgb).unwrap();

    vec![
        (Kind::Jpeg, PLAIN_JPEG.to_vec()),
        (Kind::Png, png),
        (Kind::Webp, webp),
        (Kind::Gif, gif),
        (Kind::Tiff, tiff.into_inner()),
    ]
}
