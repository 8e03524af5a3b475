// Made by web/pack.js.

use crate::Asset;

pub(crate) const ASSETS: &[Asset] = &[
    Asset {
        path: "files/ar_SA.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "f53f4c4aaa0fa737a255209db886abdea04a66d1a7980125da8abeb4d094509e",
        bytes: include_bytes!("../assets/files/ar_SA.js"),
    },
    Asset {
        path: "files/de_DE.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "b9def7e2648a96d99c23bc7feb756c64dd8437ce27043eca5fe99e62921b1726",
        bytes: include_bytes!("../assets/files/de_DE.js"),
    },
    Asset {
        path: "files/es_ES.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "fe393196651bc1a1981a4b04863f47e10b532532dd0c0bd32c1555c15c0e473a",
        bytes: include_bytes!("../assets/files/es_ES.js"),
    },
    Asset {
        path: "files/fr_FR.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "13efa5ab50a60f24e1832e60086332ed38ca3ab571a8af7d0b4de6154cb6b75e",
        bytes: include_bytes!("../assets/files/fr_FR.js"),
    },
    Asset {
        path: "files/index.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "ddf7891c749455d026a86f1979cee2b4302ca29d6bcc263a863aacd210c50870",
        bytes: include_bytes!("../assets/files/index.js"),
    },
    Asset {
        path: "files/ja_JP.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "0597e3dedd794968c4f3035b4c46c8846bdc1441761eaa7a09898ea6b689f19e",
        bytes: include_bytes!("../assets/files/ja_JP.js"),
    },
    Asset {
        path: "files/pt_BR.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "fe0669335f619d7dcc7827d065265f71bf8a4f9e00e6d20573a831a1c0b064aa",
        bytes: include_bytes!("../assets/files/pt_BR.js"),
    },
    Asset {
        path: "files/style.css",
        media_type: "text/css; charset=utf-8",
        hash: "0ab9a0ec5ee8ac4a440a4bde01fba708d919cbf489f6bb50dd58d96f1d3a9efd",
        bytes: include_bytes!("../assets/files/style.css"),
    },
    Asset {
        path: "files/zh_CN.js",
        media_type: "text/javascript; charset=utf-8",
        hash: "bfdecfd97f36f6360c244ac32d0742bec5b4733469c180fccaaf0b82aec1e239",
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
