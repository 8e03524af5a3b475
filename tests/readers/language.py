"""Checks a workbook with its summary in each language, as openpyxl reads it."""

from openpyxl import load_workbook

import expected

# Each language: the name of the sheet, the first header, yes and no, whether the first column is the rightmost, the name of the
# summary, and what it calls the number of all records.
LANGUAGES = {
    "en_US": ("Connection Records", "Username", "Yes", "No", False, "Summary", "Records in all"),
    "zh_CN": ("连接记录", "用户名", "是", "否", False, "汇总", "记录总数"),
    "es_ES": ("Registros de conexión", "Nombre de usuario", "Sí", "No", False, "Resumen", "Total de registros"),
    "fr_FR": ("Journal des connexions", "Nom d'utilisateur", "Oui", "Non", False, "Synthèse", "Total des enregistrements"),
    "de_DE": ("Verbindungsprotokoll", "Benutzername", "Ja", "Nein", False, "Zusammenfassung", "Datensätze insgesamt"),
    "pt_BR": ("Registros de conexão", "Nome de usuário", "Sim", "Não", False, "Resumo", "Total de registros"),
    "ja_JP": ("接続記録", "ユーザー名", "はい", "いいえ", False, "集計", "合計件数"),
    "ar_SA": ("سجلات الاتصال", "اسم المستخدم", "نعم", "لا", True, "ملخص", "إجمالي السجلات"),
}

COLUMNS = len(expected.COLUMNS)
IS_RECONNECT = 10


def problem(path, language):
    """What is wrong with a workbook of a few records of one user in a language; None where nothing is."""
    name, username, yes, no, right_to_left, summary_name, total = LANGUAGES[language]
    sheets = load_workbook(path).worksheets
    header, *rows = sheets[0].iter_rows(values_only=True)
    summary = [] if len(sheets) != 2 else list(sheets[1].iter_rows(values_only=True))
    reconnects = {row[IS_RECONNECT] for row in rows} - {None}
    users = {row[0] for row in rows}
    wrong = {
        "the sheets' names": [sheet.title for sheet in sheets] != [name, summary_name],
        "the side on which they begin": any(bool(sheet.sheet_view.rightToLeft) != right_to_left for sheet in sheets),
        "the first header": header[0] != username,
        "the headers": len(set(header)) != COLUMNS,
        "the number of rows": not rows,
        "yes and no": not reconnects or not reconnects <= {yes, no},
        "the number of all records": (total, None, len(rows)) not in summary,
        "the number of the user's": not any((username, user, len(rows)) in summary for user in users),
    }
    reported = ", ".join(what for what, is_wrong in wrong.items() if is_wrong)
    return f"{language}: openpyxl finds wrong: {reported}" if reported else None
