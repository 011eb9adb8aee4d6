/// Where the pixels of an item lie after something was done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Geometry {
    /// Where they were.
    Same,
    /// The whole picture at another size: maps are brought back to the old one by nearest neighbour.
    Scaled,
    /// Elsewhere: maps of the changed picture cannot be compared with the old mask.
    Moved,
}
