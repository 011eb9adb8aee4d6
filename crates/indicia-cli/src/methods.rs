//! `indicia methods`.

use anyhow::{Result, bail};

use crate::output::print_line;

/// Lists the methods, or prints the page of one.
pub fn run(id: Option<&str>) -> Result<u8> {
    let Some(id) = id else {
        let width = indicia_registry::methods().map(|info| info.id.len()).max().unwrap_or(0);
        for info in indicia_registry::methods() {
            print_line(&format!("{:width$}  {}", info.id, info.summary))?;
        }
        return Ok(0);
    };
    match indicia_registry::method(id) {
        Some(info) => print_line(indicia_registry::page(info).trim_end()).map(|()| 0),
        None => bail!(unknown(id)),
    }
}

/// Message for an id that no method has, with the ids that come near.
pub fn unknown(id: &str) -> String {
    let name = id.rsplit('.').next().unwrap_or(id);
    let near: Vec<_> = indicia_registry::methods()
        .map(|i| i.id)
        .filter(|known| !name.is_empty() && known.contains(name))
        .collect();
    let hint = if near.is_empty() {
        "`indicia methods` lists them".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    format!("there is no method {id:?}; {hint}")
}
