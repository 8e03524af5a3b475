// Made by web/pack.js.

use crate::Asset;

pub(crate) const ASSETS: &[Asset] = &[
    Asset {
        path: "files/ar_SA.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "13a9e7d6ef48308361f3ce620b358d1022c85efa702a7f84ce940c27d7b9e977",
        bytes: include_bytes!("../assets/files/ar_SA.js"),
    },
    Asset {
        path: "files/de_DE.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "42dab08ea050ba9f4fcc907de127422e73104b784e785e815d2dab60bf5418cd",
        bytes: include_bytes!("../assets/files/de_DE.js"),
    },
    Asset {
        path: "files/es_ES.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "98d3225fb2a314fe6c033086ed0df225ec06b7aa48f24fc123c02dc156ec194d",
        bytes: include_bytes!("../assets/files/es_ES.js"),
    },
    Asset {
        path: "files/fr_FR.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "4bd0a28489288e6d8c868c95aed6e0904c8cdd652818f17f62fff91ddabaa1ec",
        bytes: include_bytes!("../assets/files/fr_FR.js"),
    },
    Asset {
        path: "files/index.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "34807c0d7e14efca8d7c88436ea76a5d9734ba92db35d6afe521852239bf3cdb",
        bytes: include_bytes!("../assets/files/index.js"),
    },
    Asset {
        path: "files/ja_JP.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "8c7b175f2134bfa63f82fbcd964279adf2f930a28472a6efb4f7864ad2a6de3a",
        bytes: include_bytes!("../assets/files/ja_JP.js"),
    },
    Asset {
        path: "files/pt_BR.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "611156ab2eb92270fc02afac8ed8f47a1b0e2d920be490ba9d06ebe90d9c57d7",
        bytes: include_bytes!("../assets/files/pt_BR.js"),
    },
    Asset {
        path: "files/style.css",
        media_type: "text/css; charset=utf-8",
        hash: "44bf880fe153e9e746f5cf60d30084ace68558ce5d5c444e044ea1b84f137465",
        bytes: include_bytes!("../assets/files/style.css"),
    },
    Asset {
        path: "files/zh_CN.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "c95e1ba77b87ee63a6fab1e651a8334871a9cf84276f7e4a5a454a9f6a50aaa7",
        bytes: include_bytes!("../assets/files/zh_CN.js"),
    },
    Asset {
        path: "icon.svg",
        media_type: "image/svg+xml",
        hash: "b80c6c81db44668571ac7fc2413fb1a34656593a6e03ceddc3673c7b3c74b335",
        bytes: include_bytes!("../assets/icon.svg"),
    },
    Asset {
        path: "licences.md",
        media_type: "text/markdown; charset=utf-8",
        hash: "c04089a2fd80f7034e272c313c05dd6924a5fff8fb5d363aaa5bdb908d45f827",
        bytes: include_bytes!("../assets/licences.md"),
    },
];
