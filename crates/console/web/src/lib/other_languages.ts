// Words that people type in one of the languages of the console, whatever language it shows.

/** The words of the languages of the console for days, without accents and case. */
export const DAYS: Readonly<Record<string, readonly string[]>> = {
  today: ["today", "今天", "今日", "本日", "hoy", "aujourd'hui", "heute", "hoje", "اليوم"],
  yesterday: ["yesterday", "昨天", "昨日", "ayer", "hier", "gestern", "ontem", "امس", "أمس"],
  tomorrow: ["tomorrow", "明天", "明日", "manana", "demain", "morgen", "amanha", "غدا"],
  now: ["now", "现在", "今", "ahora", "maintenant", "jetzt", "agora", "الان"],
};

/** Cities and countries that neither the name of a zone nor the browser says. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  "Asia/Shanghai": "北京 上海 广州 深圳 杭州 成都 中国 beijing peking pékin guangzhou shenzhen china chine ペキン シャンハイ بكين شنغهاي الصين",
  "Asia/Hong_Kong": "香港 hongkong ホンコン هونغ كونغ",
  "Asia/Taipei": "台北 臺北 taiwan",
  "Asia/Singapore": "新加坡 シンガポール singapur singapour singapura سنغافورة",
  "Asia/Tokyo": "东京 東京 大阪 日本 osaka japan japon japón japão tokio tokyo tóquio طوكيو اليابان",
  "Asia/Seoul": "首尔 ソウル korea corea corée سيول",
  "Asia/Kolkata": "印度 孟买 新德里 india indien inde índia mumbai delhi bangalore インド الهند",
  "Asia/Dubai": "迪拜 ドバイ emirates emirate دبي الإمارات",
  "Asia/Riyadh": "利雅得 沙特 リヤド saudi riad الرياض السعودية",
  "Asia/Jakarta": "雅加达 indonesia ジャカルタ جاكرتا",
  "Asia/Bangkok": "曼谷 thailand バンコク بانكوك",
  "Europe/London": "伦敦 英国 ロンドン londres england britain uk لندن",
  "Europe/Berlin": "柏林 德国 ベルリン germany deutschland frankfurt münchen munich allemagne alemania alemanha برلين ألمانيا",
  "Europe/Paris": "巴黎 法国 パリ france frankreich francia frança باريس فرنسا",
  "Europe/Madrid": "马德里 西班牙 マドリード spain españa barcelona مدريد إسبانيا",
  "Europe/Moscow": "莫斯科 モスクワ moscú moscou moskau موسكو",
  "Europe/Istanbul": "伊斯坦布尔 turkey türkei turquía إسطنبول",
  "Africa/Cairo": "开罗 カイロ egypt القاهرة مصر",
  "Africa/Johannesburg": "约翰内斯堡 south africa ヨハネスブルク جوهانسبرغ",
  "America/New_York": "纽约 ニューヨーク nueva york nova iorque washington boston miami نيويورك",
  "America/Chicago": "芝加哥 シカゴ dallas houston texas شيكاغو",
  "America/Los_Angeles": "洛杉矶 旧金山 ロサンゼルス san francisco seattle california لوس أنجلوس",
  "America/Sao_Paulo": "圣保罗 巴西 サンパウロ brazil brasil brasília são paulo rio de janeiro ساو باولو البرازيل",
  "America/Mexico_City": "墨西哥 méxico ciudad de mexico メキシコ المكسيك",
  "Australia/Sydney": "悉尼 シドニー melbourne canberra سيدني",
};

/** Words for fields of filters that their names do not hold. */
export const FIELD_WORDS: Readonly<Record<string, string>> = {
  failure_reason: "code error reason cause 代码 错误 原因 código motivo error causa erreur motif fehler grund erro コード エラー 理由 رمز خطأ",
  min_duration: "longer duration length time 时长 长于 duración más larga durée plus longue dauer länger duração maior 時間 長い مدة أطول",
  max_duration: "shorter duration length time 时长 短于 duración más corta durée plus courte dauer kürzer duração menor 時間 短い مدة أقصر",
  min_network_rtt: "rtt slow latency ping",
  max_network_rtt: "rtt fast latency ping",
  min_e2e_rtt: "rtt slow latency ping",
  max_e2e_rtt: "rtt fast latency ping",
  active_at: "online active time 在线 activa active aktiv ativa オンライン متصل",
};
