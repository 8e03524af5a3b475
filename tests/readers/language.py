"""Checks a workbook in each language, as openpyxl reads it."""

from openpyxl import load_workbook

# Each language: the name of the sheet, the first header, yes and no, and whether the first column is the rightmost.
LANGUAGES = {
    "en_US": ("Connection Records", "Username", "Yes", "No", False),
    "zh_CN": ("连接记录", "用户名", "是", "否", False),
    "es_ES": ("Registros de conexión", "Nombre de usuario", "Sí", "No", False),
    "fr_FR": ("Journal des connexions", "Nom d'utilisateur", "Oui", "Non", False),
    "de_DE": ("Verbindungsprotokoll", "Benutzername", "Ja", "Nein", False),
    "pt_BR": ("Registros de conexão", "Nome de usuário", "Sim", "Não", False),
    "ja_JP": ("接続記録", "ユーザー名", "はい", "いいえ", False),
    "ar_SA": ("سجلات الاتصال", "اسم المستخدم", "نعم", "لا", True),
}

COLUMNS = 23
IS_RECONNECT = 10


def problem(path, language):
    """What is wrong with a workbook of a few records in a language; None where nothing is."""
    name, username, yes, no, right_to_left = LANGUAGES[language]
    sheet = load_workbook(path).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    reconnects = {row[IS_RECONNECT] for row in rows} - {None}
    wrong = {
        "the sheet's name": sheet.title != name,
        "the side on which it begins": bool(sheet.sheet_view.rightToLeft) != right_to_left,
        "the first header": header[0] != username,
        "the headers": len(set(header)) != COLUMNS,
        "the number of rows": not rows,
        "yes and no": not reconnects or not reconnects <= {yes, no},
    }
    told = ", ".join(what for what, is_wrong in wrong.items() if is_wrong)
    return f"{language}: openpyxl finds wrong: {told}" if told else None
