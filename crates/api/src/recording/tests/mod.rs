mod chunk;
mod decode;
