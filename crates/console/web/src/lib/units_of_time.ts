// Units of time in the languages of the console.

/** The words for units of time in the languages of the console, without accents and case, by how many milliseconds they are. */
export const UNITS: readonly (readonly [milliseconds: number, words: string])[] = [
  [1, "ms millisecond milliseconds millisekunde millisekunden milliseconde millisecondes milisegundo milisegundos 毫秒 ミリ秒"],
  [1000, "s sec secs second seconds sek sekunde sekunden seconde secondes seg segundo segundos 秒 ثانية ثوان"],
  [60_000, "m min mins minute minutes minuten minuto minutos 分 分钟 分鐘 دقيقة دقائق"],
  [3_600_000, "h hr hrs hour hours std stunde stunden heure heures hora horas 时 小时 時間 ساعة ساعات"],
  [86_400_000, "d day days tag tage tagen jour jours dia dias 天 日 يوم ايام"],
];
