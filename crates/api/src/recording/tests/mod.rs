mod array;
mod chunk;
mod decode;
