mod images;
mod parts;
