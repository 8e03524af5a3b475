mod array;
mod decode;
mod piece;
