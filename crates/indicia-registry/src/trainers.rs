use indicia_nn::train::Trainer;

/// Everything that can be trained, in alphabetical order of ids.
pub fn trainers() -> impl Iterator<Item = &'static dyn Trainer> {
    indicia_synthetic::TRAINERS.iter().copied()
}

/// The trainer of the method with this id.
pub fn trainer(id: &str) -> Option<&'static dyn Trainer> {
    trainers().find(|trainer| trainer.info().id == id)
}
