use super::draw::Draw;

/// Family names, as they are written and as they are spelled in a login.
const FAMILY: &[(&str, &str)] = &[
    ("王", "wang"),
    ("李", "li"),
    ("张", "zhang"),
    ("刘", "liu"),
    ("陈", "chen"),
    ("杨", "yang"),
    ("黄", "huang"),
    ("赵", "zhao"),
    ("吴", "wu"),
    ("周", "zhou"),
    ("徐", "xu"),
    ("孙", "sun"),
    ("马", "ma"),
    ("朱", "zhu"),
    ("胡", "hu"),
    ("郭", "guo"),
    ("何", "he"),
    ("高", "gao"),
    ("林", "lin"),
    ("罗", "luo"),
    ("郑", "zheng"),
    ("梁", "liang"),
    ("谢", "xie"),
    ("宋", "song"),
    ("唐", "tang"),
    ("许", "xu"),
    ("邓", "deng"),
    ("韩", "han"),
    ("冯", "feng"),
    ("曹", "cao"),
    ("欧阳", "ouyang"),
    ("司马", "sima"),
];

/// Syllables of given names, one or two of which make a name.
const GIVEN: &[(&str, &str)] = &[
    ("伟", "wei"),
    ("芳", "fang"),
    ("娜", "na"),
    ("敏", "min"),
    ("静", "jing"),
    ("丽", "li"),
    ("强", "qiang"),
    ("磊", "lei"),
    ("军", "jun"),
    ("洋", "yang"),
    ("勇", "yong"),
    ("艳", "yan"),
    ("杰", "jie"),
    ("娟", "juan"),
    ("涛", "tao"),
    ("明", "ming"),
    ("超", "chao"),
    ("秀", "xiu"),
    ("霞", "xia"),
    ("平", "ping"),
    ("刚", "gang"),
    ("桂", "gui"),
    ("英", "ying"),
    ("华", "hua"),
    ("玉", "yu"),
    ("建", "jian"),
    ("国", "guo"),
    ("志", "zhi"),
    ("晓", "xiao"),
    ("宇", "yu"),
    ("浩", "hao"),
    ("欣", "xin"),
    ("怡", "yi"),
    ("梓", "zi"),
    ("涵", "han"),
    ("子", "zi"),
    ("轩", "xuan"),
    ("雨", "yu"),
    ("萱", "xuan"),
    ("鑫", "xin"),
];

/// The name of a person.
#[derive(Debug)]
pub(super) struct PersonName {
    /// As it is written: `张伟`.
    pub(super) written: String,
    /// As it is spelled in a login: `zhangwei`.
    pub(super) spelled: String,
}

impl PersonName {
    pub(super) fn draw(draw: &mut Draw) -> Self {
        let (written, spelled) = *draw.pick(FAMILY);
        let mut name = Self {
            written: written.to_owned(),
            spelled: spelled.to_owned(),
        };
        for _ in 0..draw.between(1, 2) {
            let (written, spelled) = *draw.pick(GIVEN);
            name.written.push_str(written);
            name.spelled.push_str(spelled);
        }
        name
    }
}
