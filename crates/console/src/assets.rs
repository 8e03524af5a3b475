// Made by web/pack.js.

use crate::Asset;

pub(crate) const ASSETS: &[Asset] = &[
    Asset {
        path: "files/ar_SA.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "be968c63ddf3235599bf42bd5168b772c5ae7dd2c9b329a7f0c3e3096d7ac9f6",
        bytes: include_bytes!("../assets/files/ar_SA.js"),
    },
    Asset {
        path: "files/de_DE.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "755b5667700bec0d265e9d3635f14c9f33a24efd1651f73e59c1f76b66396518",
        bytes: include_bytes!("../assets/files/de_DE.js"),
    },
    Asset {
        path: "files/es_ES.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "bb6a61dc1113b6ec4f7b31a198b38abc6923c92df2111bbd326fc88d20057148",
        bytes: include_bytes!("../assets/files/es_ES.js"),
    },
    Asset {
        path: "files/fr_FR.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "7e1ad863258726a81ea79bf027fc1e1a1f7b914dd655eb25c4e5f274d52e472f",
        bytes: include_bytes!("../assets/files/fr_FR.js"),
    },
    Asset {
        path: "files/index.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "14f94882b1954151127913a48cf3bd8ecf5c3bd1b2382860d870a528b2e0d4df",
        bytes: include_bytes!("../assets/files/index.js"),
    },
    Asset {
        path: "files/ja_JP.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "d8714c33fef3817e38dd7189c2e55456f6dd983af760423d99cae150dfa94e85",
        bytes: include_bytes!("../assets/files/ja_JP.js"),
    },
    Asset {
        path: "files/pt_BR.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "9e1b0702a381fd04be68cfb4e6393e23922aaa32199c6788e8d5caf78fabfdc0",
        bytes: include_bytes!("../assets/files/pt_BR.js"),
    },
    Asset {
        path: "files/style.css",
        media_type: "text/css; charset=utf-8",
        hash: "c77caa3d603aafc383e52579ea5dcad93989a8952012027761310d520f872163",
        bytes: include_bytes!("../assets/files/style.css"),
    },
    Asset {
        path: "files/zh_CN.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "0527c8af155c8fa0d8d3871a109c0adcd0594c2c7c571edfd4c90b59969fb730",
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
