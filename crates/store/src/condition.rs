//! Which conditions of a database pass by themselves, or with an operator's help, and so are no fault of the statement.
//!
//! PostgreSQL gives each error a code, the SQLSTATE. Diesel reports a handful of them as kinds (a read-only transaction, a
//! failed serialization, a lost connection) and hides the others, so these are recognized by the text of the message.
//! Sessions ask for messages in English, which takes a right. Where that is refused, the server's translations are known
//! here. What no entry names stays an error that does not pass.

use crate::StoreErrorKind;

/// Messages of PostgreSQL, or a part of them, in English.
const ENGLISH: [(&str, StoreErrorKind); 19] = [
    // 57014, which also stands for a cancellation by an administrator.
    ("statement timeout", StoreErrorKind::TimedOut),
    (
        "canceling statement due to user request",
        StoreErrorKind::TimedOut,
    ),
    // 55P03 and 40P01.
    ("lock timeout", StoreErrorKind::Busy),
    ("could not obtain lock on", StoreErrorKind::Busy),
    ("deadlock detected", StoreErrorKind::Busy),
    ("distributed deadlock", StoreErrorKind::Busy),
    // 40001 and 57014 on a standby.
    ("conflict with recovery", StoreErrorKind::Busy),
    // 53100, the last also of what is read from other disks than that of the data.
    ("No space left on device", StoreErrorKind::Full),
    ("Disk quota exceeded", StoreErrorKind::Full),
    // 53200 and 53400.
    ("out of memory", StoreErrorKind::Busy),
    ("out of shared memory", StoreErrorKind::Busy),
    ("temporary file size exceeds", StoreErrorKind::Busy),
    // 54000: too few transactions are left before a VACUUM.
    (
        "database is not accepting commands",
        StoreErrorKind::ReadOnly,
    ),
    // 25006, where a COPY broke off and only its words are there.
    ("in a read-only transaction", StoreErrorKind::ReadOnly),
    ("during recovery", StoreErrorKind::ReadOnly),
    // 57P01, 57P02, 57P03.
    ("terminating connection due to", StoreErrorKind::Unavailable),
    (
        "the database system is shutting down",
        StoreErrorKind::Unavailable,
    ),
    ("server closed the connection", StoreErrorKind::Unavailable),
    // 08006, of a worker that holds shards: its coordinator says so in English alone, and without the code where it copies.
    ("connection to the remote node", StoreErrorKind::Unavailable),
];

/// What PostgreSQL adds to an error of a disk that is full.
const FREE_SPACE: &str = "Check free disk space.";

/// Whole messages of SQLite.
const SQLITE: [(&str, StoreErrorKind); 10] = [
    // SQLITE_BUSY and SQLITE_LOCKED.
    ("database is locked", StoreErrorKind::Busy),
    ("database table is locked", StoreErrorKind::Busy),
    ("out of memory", StoreErrorKind::Busy),
    // SQLITE_FULL.
    ("database or disk is full", StoreErrorKind::Full),
    // SQLITE_READONLY: the rights of the file, or a file system that the system made read-only.
    (
        "attempt to write a readonly database",
        StoreErrorKind::ReadOnly,
    ),
    // SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PROTOCOL.
    ("disk I/O error", StoreErrorKind::Unavailable),
    ("unable to open database file", StoreErrorKind::Unavailable),
    ("locking protocol", StoreErrorKind::Unavailable),
    // SQLITE_CORRUPT, SQLITE_NOTADB.
    ("database disk image is malformed", StoreErrorKind::Corrupt),
    ("file is not a database", StoreErrorKind::Corrupt),
];

/// The same conditions in a language of the server.
struct Words {
    statement_timeout: &'static str,
    user_request: &'static str,
    lock_timeout: &'static str,
    deadlock: &'static str,
    free_space: &'static str,
    no_memory: &'static str,
    no_shared_memory: &'static str,
}

/// The languages that PostgreSQL is translated into with all of these: German, Spanish, French, Italian, Japanese, Korean,
/// Russian, Swedish, Ukrainian, Chinese.
const TRANSLATED: [Words; 10] = [
    Words {
        statement_timeout: "storniere Anfrage wegen Zeitüberschreitung der Anfrage",
        user_request: "storniere Anfrage wegen Benutzeraufforderung",
        lock_timeout: "storniere Anfrage wegen Zeitüberschreitung einer Sperre",
        deadlock: "Verklemmung (Deadlock) entdeckt",
        free_space: "Prüfen Sie den freien Festplattenplatz.",
        no_memory: "Speicher aufgebraucht",
        no_shared_memory: "Shared Memory aufgebraucht",
    },
    Words {
        statement_timeout: "cancelando la sentencia debido a que se agotó el tiempo de espera de sentencias",
        user_request: "cancelando la sentencia debido a una petición del usuario",
        lock_timeout: "cancelando la sentencia debido a que se agotó el tiempo de espera de candados (locks)",
        deadlock: "se ha detectado un deadlock",
        free_space: "Verifique el espacio libre en disco.",
        no_memory: "memoria agotada",
        no_shared_memory: "memoria compartida agotada",
    },
    Words {
        statement_timeout: "annulation de la requête à cause du délai écoulé pour l'exécution de l'instruction",
        user_request: "annulation de la requête à la demande de l'utilisateur",
        lock_timeout: "annulation de la requête à cause du délai écoulé pour l'obtention des verrous",
        deadlock: "interblocage (deadlock) détecté",
        free_space: "Vérifiez l'espace disque disponible.",
        no_memory: "mémoire épuisée",
        no_shared_memory: "mémoire partagée épuisée",
    },
    Words {
        statement_timeout: "annullamento dell'istruzione a causa di timeout",
        user_request: "annullamento dell'istruzione su richiesta dell'utente",
        lock_timeout: "annullamento dell'istruzione a causa di timeout di lock",
        deadlock: "rilevato deadlock",
        free_space: "Controlla lo spazio libero sul disco.",
        no_memory: "memoria esaurita",
        no_shared_memory: "memoria condivisa esaurita",
    },
    Words {
        statement_timeout: "ステートメントのタイムアウトのためステートメントをキャンセルしています",
        user_request: "ユーザーからの要求により文をキャンセルしています",
        lock_timeout: "ロックのタイムアウトのためステートメントをキャンセルしています",
        deadlock: "デッドロックを検出しました",
        free_space: "ディスクの空き容量をチェックしてください。",
        no_memory: "メモリ不足です",
        no_shared_memory: "共有メモリが足りません",
    },
    Words {
        statement_timeout: "명령실행시간 초과로 작업을 취소합니다.",
        user_request: "사용자 요청에 의해 작업을 취소합니다.",
        lock_timeout: "잠금 대기 시간 초과로 작업을 취소합니다.",
        deadlock: "deadlock 발생했음",
        free_space: "디스크 여유 공간을 확인해 주십시오.",
        no_memory: "메모리 부족",
        no_shared_memory: "공유 메모리 부족",
    },
    Words {
        statement_timeout: "выполнение оператора отменено из-за тайм-аута",
        user_request: "выполнение оператора отменено по запросу пользователя",
        lock_timeout: "выполнение оператора отменено из-за тайм-аута блокировки",
        deadlock: "обнаружена взаимоблокировка",
        free_space: "Проверьте, есть ли место на диске.",
        no_memory: "нехватка памяти",
        no_shared_memory: "нехватка разделяемой памяти",
    },
    Words {
        statement_timeout: "avbryter sats på grund av sats-timeout",
        user_request: "avbryter sats på användares begäran",
        lock_timeout: "avbryter sats på grund av lås-timeout",
        deadlock: "deadlock upptäckt",
        free_space: "Kontrollera ledigt diskutrymme.",
        no_memory: "slut på minne",
        no_shared_memory: "slut på delat minne",
    },
    Words {
        statement_timeout: "виконання оператора скасовано через тайм-аут",
        user_request: "виконання оператора скасовано по запиту користувача",
        lock_timeout: "виконання оператора скасовано через тайм-аут блокування",
        deadlock: "виявлено взаємне блокування",
        free_space: "Перевірьте вільний дисковий простір.",
        no_memory: "недостатньо пам'яті",
        no_shared_memory: "нестача спільної пам'яті",
    },
    Words {
        statement_timeout: "由于语句执行超时，正在取消查询命令",
        user_request: "由于用户请求而正在取消查询",
        lock_timeout: "由于锁超时，取消语句操作",
        deadlock: "检测到死锁",
        free_space: "检查空闲磁盘控件.",
        no_memory: "内存用尽",
        no_shared_memory: "共享内存用尽",
    },
];

/// The kind of an error that the database reports by a message, and maybe a hint, alone; `None` where it is no condition that
/// is known.
pub(crate) fn of_words(message: &str, hint: Option<&str>) -> Option<StoreErrorKind> {
    let english = || ENGLISH.iter().find(|(words, _)| message.contains(words));
    let sqlite = || SQLITE.iter().find(|(words, _)| message == *words);
    if hint.is_some_and(|hint| hint.contains(FREE_SPACE)) {
        return Some(StoreErrorKind::Full);
    }
    sqlite()
        .or_else(english)
        .map(|(_, kind)| *kind)
        .or_else(|| {
            TRANSLATED
                .iter()
                .find_map(|words| words.kind(message, hint))
        })
}

impl Words {
    fn kind(&self, message: &str, hint: Option<&str>) -> Option<StoreErrorKind> {
        let kind = if message == self.statement_timeout || message == self.user_request {
            StoreErrorKind::TimedOut
        } else if [
            self.lock_timeout,
            self.deadlock,
            self.no_memory,
            self.no_shared_memory,
        ]
        .contains(&message)
        {
            StoreErrorKind::Busy
        } else if hint == Some(self.free_space) {
            StoreErrorKind::Full
        } else {
            return None;
        };
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_that_pass_are_recognised_in_the_languages_of_the_server() {
        for (message, hint, kind) in [
            (
                "canceling statement due to lock timeout",
                None,
                StoreErrorKind::Busy,
            ),
            (
                "storniere Anfrage wegen Zeitüberschreitung der Anfrage",
                None,
                StoreErrorKind::TimedOut,
            ),
            // One is the beginning of the other.
            (
                "annullamento dell'istruzione a causa di timeout di lock",
                None,
                StoreErrorKind::Busy,
            ),
            ("检测到死锁", None, StoreErrorKind::Busy),
            (
                "не удалось расширить файл \"base/1/2\": На устройстве не осталось свободного места",
                Some("Проверьте, есть ли место на диске."),
                StoreErrorKind::Full,
            ),
            (
                "could not extend file \"base/1/2\": wrote only 4096 of 8192 bytes at block 7",
                Some("Check free disk space."),
                StoreErrorKind::Full,
            ),
            ("database or disk is full", None, StoreErrorKind::Full),
            (
                "attempt to write a readonly database",
                None,
                StoreErrorKind::ReadOnly,
            ),
        ] {
            assert_eq!(of_words(message, hint), Some(kind), "{message}");
        }
    }

    #[test]
    fn what_is_no_condition_does_not_pass() {
        for message in [
            "permission denied for table connection_records",
            "relation \"connection_records\" does not exist",
            "duplicate key value violates unique constraint \"a\"",
            "no such table: connection_records",
        ] {
            assert_eq!(of_words(message, None), None, "{message}");
        }
    }
}
