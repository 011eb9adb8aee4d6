mod files;
mod numbers;
mod resume;
mod runs;
mod toy;
