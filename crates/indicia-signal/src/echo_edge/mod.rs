//! Echo edge filter: a wide Laplacian of red, green and blue, stretched.
//!
//! Each edge answers with a pair of lines. Sharpening, compression and resampling change their width and colour;
//! an object that was pasted, or smoothed to fit in, has other lines than those around it. Nothing is claimed.
//!
//! Steps, deviations and limits: `page.md`.

mod algorithm;
#[cfg(test)]
mod tests;

use indicia_core::{
    Evidence, Examination, Fidelity, Finding, Method, MethodInfo, RankedBy, Result, Source, Status, Topic,
    ViewNeed,
};
use indicia_ops::Rgb8;

use crate::exhibit::shown;
use crate::picture::reduced_rows;

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.echo-edge",
    title: "Echo edge filter",
    summary: "The second derivative of each colour, stretched: how edges were drawn; to look at, not a test.",
    applies: "Any picture of at least 3 by 3 pixels.",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "sherloq, a digital photo forensic toolset (its echo edge filter)",
        url: "https://github.com/GuidoBartoli/sherloq",
        fidelity: Fidelity::Adapted,
    }],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(EchoEdge))
    },
};

struct EchoEdge;

fn examine_rgb(rgb: &Rgb8) -> Examination {
    let (width, height) = (rgb.width, rgb.height);
    if width.min(height) < 3 {
        return Examination::not_applicable(format!(
            "needs at least 3 by 3 pixels, this is {width}x{height}"
        ));
    }
    let white = algorithm::white(rgb);
    let picture = reduced_rows(
        width,
        height,
        |y, lines| algorithm::laplacian(rgb, y, lines),
        |channel, mean| 255.0 * mean / white[channel].max(1.0),
    );
    let [r, g, b] = white;
    let statement = format!(
        "One pixel in fifty answers the edge filter with more than {r:.0}, {g:.0} and {b:.0} levels in red, green \
         and blue; compare how edges are drawn in the view."
    );
    let legend = "Size of the Laplacian over 5 by 5 pixels of each channel; white where it reaches what one \
                  pixel in fifty exceeds. Edges of one picture are drawn alike: look for an object whose outline \
                  is thinner, thicker, doubled or of another colour than those beside it.";
    Examination::Findings(vec![Finding {
        exhibits: vec![shown("echo", "Echo edge filter", legend, picture)],
        ..Finding::observation(INFO.id, statement)
    }])
}

impl Method for EchoEdge {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine_rgb(&*evidence.view::<Rgb8>(())?))
    }
}
