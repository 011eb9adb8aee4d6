//! Writes what a PDF holds into a folder: its pages as PPM, its pictures in their own coding or as PPM, its
//! earlier versions; and prints what it contains. For comparisons with other readers.
//!
//!     cargo run --release -p indicia-codec --features pdf --example pdf_parts -- FILE FOLDER

use std::path::Path;
use std::time::Instant;

use indicia_codec::pdf::{Coding, DEFAULT_DPI, Document};
use indicia_codec::{Pixels, open};
use indicia_core::Limits;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("expected FILE [FOLDER]")?;
    let folder = arguments.next();
    let evidence = open(std::fs::read(&file)?, Limits::default())?;
    let started = Instant::now();
    let document = evidence.view::<Document>(())?;
    println!(
        "open {:?}, {} pages, encrypted: {}",
        started.elapsed(),
        document.pages.len(),
        document.encrypted
    );
    let save = |name: String, bytes: &[u8]| match &folder {
        Some(folder) => std::fs::write(Path::new(folder).join(name), bytes),
        None => Ok(()),
    };
    for (index, revision) in document.revisions.all.iter().enumerate() {
        println!("version {:?} {} {:?}", revision.bytes, revision.section.name(), revision.written);
        save(format!("version-{}.pdf", index + 1), &evidence.bytes()[..revision.bytes.end])?;
    }
    for change in document.changes()? {
        println!("{change:?}");
    }
    println!("{:?}", document.inventory()?);
    let started = Instant::now();
    for page in 0..document.pages.len() {
        save(format!("page-{}.ppm", page + 1), &ppm(&document.render(page, DEFAULT_DPI)?))?;
    }
    println!("rendered in {:?}", started.elapsed());
    let started = Instant::now();
    for page in 0..document.pages.len() {
        println!("{:?}", document.content(page)?);
    }
    println!("read in {:?}", started.elapsed());
    for image in document.images()? {
        println!("{image:?}");
        if image.coding == Coding::Jpeg {
            save(format!("image-{}.jpg", image.id.number), &document.image_bytes(image.id)?)?;
        } else {
            match document.image_pixels(image.id) {
                Ok(pixels) => save(format!("image-{}.ppm", image.id.number), &ppm(&pixels))?,
                Err(error) => println!("{error}"),
            }
        }
    }
    Ok(())
}

fn ppm(pixels: &Pixels) -> Vec<u8> {
    [format!("P6\n{} {}\n255\n", pixels.width, pixels.height).into_bytes(), pixels.to_rgb8()].concat()
}
