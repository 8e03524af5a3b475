//! The table of error codes, and the body that carries one.

mod body;
mod code;
#[cfg(test)]
mod document;
mod filter;
mod row;
mod status;
#[cfg(test)]
mod tests;

pub use body::{ErrorBody, MAX_MESSAGE_CHARS};
pub use filter::filter_refusals_and;

use self::row::{Row, Text};
use self::status::Status;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident: $status:ident $code:literal {
        $meaning_en:literal $remedy_en:literal
        $meaning_zh:literal $remedy_zh:literal
    })*) => {
        /// The kinds of error that a client can meet (`contract.md` §5). A code means one thing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
        }

        impl ErrorCode {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$name => &Row {
                        status: Status::$status,
                        code: $code,
                        meaning: Text { en_us: $meaning_en, zh_cn: $meaning_zh },
                        remedy: Text { en_us: $remedy_en, zh_cn: $remedy_zh },
                    },)*
                }
            }
        }
    };
}

error_codes! {
    /// The request cannot be understood.
    InvalidRequest: BAD_REQUEST "WKS.00000400" {
        "The request cannot be understood." "Send a well-formed request: the message says which part is not."
        "请求无法解析。" "请按照提示信息修正请求格式。"
    }
    /// A parameter does not exist.
    UnknownParameter: BAD_REQUEST "WKS.00001400" {
        "A query parameter does not exist." "Use one of the parameters that the message lists."
        "查询参数不存在。" "请使用提示信息中列出的参数。"
    }
    /// A parameter is given twice.
    RepeatedParameter: BAD_REQUEST "WKS.00002400" {
        "A query parameter is given more than once." "Give it once."
        "查询参数重复。" "同一参数只能出现一次。"
    }
    /// A value has too many characters.
    ParameterTooLong: BAD_REQUEST "WKS.00003400" {
        "The value of a query parameter is too long." "Give at most 255 characters, of a marker 2048."
        "查询参数的值过长。" "参数值最多255个字符，marker最多2048个字符。"
    }
    /// A value holds a character that is not allowed.
    ForbiddenCharacter: BAD_REQUEST "WKS.00004400" {
        "The value of a query parameter holds a character that is not allowed." "Leave the character out."
        "查询参数的值包含不允许的字符。" "请去掉该字符。"
    }
    /// A value is not a time.
    InvalidTime: BAD_REQUEST "WKS.00005400" {
        "The value of a query parameter is not a time." "Write it as 2016-08-20T21:11Z, as any RFC 3339 time, or as a date alone."
        "查询参数的值不是有效时间。" "请使用2016-08-20T21:11Z格式、RFC 3339时间，或仅提供日期。"
    }
    /// There is an end without a start.
    EndWithoutStart: BAD_REQUEST "WKS.00006400" {
        "end_time is given without start_time." "Give start_time too."
        "只指定了end_time，未指定start_time。" "请同时指定start_time。"
    }
    /// The range of time is empty.
    EmptyTimeRange: BAD_REQUEST "WKS.00007400" {
        "start_time is not before end_time." "Give a start_time before end_time: the end is not part of the range."
        "start_time不早于end_time。" "start_time必须早于end_time，时间范围不包含end_time。"
    }
    /// A value is not a language.
    UnknownLanguage: BAD_REQUEST "WKS.00008400" {
        "language is not one of the languages there are." "Use one of the languages that the message lists."
        "不支持该语言。" "请使用提示信息中列出的语言。"
    }
    /// A value is not a time zone.
    UnknownTimeZone: BAD_REQUEST "WKS.00009400" {
        "time_zone is not a time zone." "Give an IANA name, such as UTC or Asia/Shanghai."
        "time_zone不是有效时区。" "请使用IANA时区名称，例如UTC或Asia/Shanghai。"
    }
    /// The project in the path is not one.
    InvalidProjectId: BAD_REQUEST "WKS.00010400" {
        "project_id in the path, or X-Project-Id, is not a project identifier." "Give 1 to 255 characters."
        "路径中的project_id或请求头X-Project-Id无效。" "请提供1到255个字符。"
    }
    /// More rows match than may be exported.
    TooManyRows: BAD_REQUEST "WKS.00011400" {
        "More records match than this service exports at once." "Ask for a shorter time range, or for one user or computer."
        "匹配的记录数超过单次导出上限。" "请缩短时间范围，或按用户、计算机筛选。"
    }
    /// A value is not a format.
    UnknownFormat: BAD_REQUEST "WKS.00012400" {
        "format is not one of the formats there are." "Use one of the formats that the message lists."
        "不支持该格式。" "请使用提示信息中列出的格式。"
    }
    /// A value is neither true nor false.
    InvalidBoolean: BAD_REQUEST "WKS.00013400" {
        "The value of a query parameter is neither true nor false." "Give true or false, or leave the parameter out."
        "查询参数的值既不是true也不是false。" "请使用true或false，或去掉该参数。"
    }
    /// The format has no summary.
    NoSummary: BAD_REQUEST "WKS.00014400" {
        "A summary was asked for in a format that has none." "Give format=xlsx, or leave out summary or format."
        "所请求的格式不支持汇总。" "请使用format=xlsx，或去掉summary或format参数。"
    }
    /// A value is not a number that is allowed.
    InvalidNumber: BAD_REQUEST "WKS.00015400" {
        "The value of a query parameter is not a whole number, or too large." "Give a number in the range that the message names."
        "查询参数的值不是有效整数或超出范围。" "请使用提示信息中给出的取值范围。"
    }
    /// A range of numbers is empty.
    EmptyNumberRange: BAD_REQUEST "WKS.00030400" {
        "The least number of a range is more than its greatest." "Give a minimum that is not above the maximum: both are part of the range."
        "数值范围的最小值大于最大值。" "最小值不能大于最大值，范围包含两端。"
    }
    /// A value is not a domain.
    InvalidDomain: BAD_REQUEST "WKS.00031400" {
        "domain is not the domain of a user name." "Give what stands after the @ of the user name, without the @."
        "domain不是用户名的域。" "请提供用户名中@之后的部分，不含@。"
    }
    /// A value is not a network.
    InvalidNetwork: BAD_REQUEST "WKS.00037400" {
        "A parameter with a slash is not a network." "Give a network in CIDR notation, such as 10.1.16.0/20, or an address without a slash."
        "参数含有斜杠，但不是网段。" "请按CIDR格式提供网段，例如10.1.16.0/20，或提供不含斜杠的地址。"
    }
    /// A value is not a marker.
    InvalidMarker: BAD_REQUEST "WKS.00032400" {
        "marker is not one that the list of this project returned." "Give the next_marker of an answer for the same project, unchanged, or none to begin anew."
        "marker不是该项目的列表返回的值。" "请原样使用同一项目响应中的next_marker，或不携带marker重新开始。"
    }
    /// A page would begin at two positions.
    MarkerWithOffset: BAD_REQUEST "WKS.00033400" {
        "marker and offset are given together." "Give one of them."
        "同时指定了marker和offset。" "只能指定其中一个。"
    }
    /// A value is not a kind of period.
    UnknownQueryType: BAD_REQUEST "WKS.00034400" {
        "query_type is not one of the types there are." "Use DAY, WEEK or MONTH."
        "query_type不是有效类型。" "请使用DAY、WEEK或MONTH。"
    }
    /// There is no period to count in.
    NoPeriod: BAD_REQUEST "WKS.00035400" {
        "There is no period in which users online could be counted." "Give query_type, or both start_time and end_time."
        "未指定统计时段。" "请指定query_type，或同时指定start_time和end_time。"
    }
    /// A period has too many days.
    TooManyDays: BAD_REQUEST "WKS.00036400" {
        "The period from start_time to end_time has too many days." "Give times that are at most as many days apart as the message says."
        "start_time到end_time的天数过多。" "请按照提示信息中的天数缩短时间范围。"
    }
    /// A histogram would have too many buckets.
    TooManyBuckets: BAD_REQUEST "WKS.00038400" {
        "The histogram would have too many buckets." "Give a longer interval, or a start_time and end_time that are closer together."
        "直方图的分段过多。" "请使用更长的interval，或缩短start_time到end_time的时间范围。"
    }
    /// A value is not one of the allowed values.
    UnknownValue: BAD_REQUEST "WKS.00040400" {
        "The value of a query parameter is not one of those that it may have." "Use one of the values that the message lists."
        "查询参数的值不在允许的取值中。" "请使用提示信息中列出的取值。"
    }
    /// After a sign-in, a browser would be led elsewhere.
    InvalidReturnPath: BAD_REQUEST "WKS.00041400" {
        "to is not a path of this service, so no browser is led there." "Give a path that begins with one slash, such as /console/, of at most 2000 visible characters of ASCII, or leave the parameter out."
        "to不是本服务的路径。" "请使用以单个斜杠开头的路径（例如/console/），最多2000个ASCII可见字符，或去掉该参数。"
    }
    /// The body is not what the path takes.
    InvalidBody: BAD_REQUEST "WKS.00020400" {
        "The body of the request is not the JSON that the path takes." "Send the body that docs/API.md describes."
        "请求体不是该路径所要求的JSON。" "请按照API文档中的格式发送请求体。"
    }
    /// A field of the body is empty or too long.
    FieldLength: BAD_REQUEST "WKS.00021400" {
        "A field of the body is empty or too long." "Give as many characters as the message allows."
        "请求体中的字段为空或过长。" "请按照提示信息中的长度填写。"
    }
    /// A sealed message does not open.
    UndecodableMessage: BAD_REQUEST "WKS.00022400" {
        "The message cannot be decoded here." "Send the encoded_authorization_message of a refusal in the same project, unchanged and soon after it."
        "无法解码该消息。" "请原样发送同一项目的拒绝响应中的encoded_authorization_message。"
    }
    /// A record of an array is invalid.
    InvalidRecord: BAD_REQUEST "WKS.00050400" {
        "A record of the array is not valid, so none was recorded." "Mend the record and the field that the message names, and send the array again."
        "数组中存在无效记录，未写入任何记录。" "请修正提示信息中指出的记录和字段后重新发送整个数组。"
    }
    /// A body is not compressed as it says.
    UndecodableBody: BAD_REQUEST "WKS.00051400" {
        "The body cannot be decompressed: it is damaged, cut short, or compressed in another way than Content-Encoding says." "Send it again, compressed as Content-Encoding says."
        "请求体无法解压：数据损坏、不完整，或与Content-Encoding不符。" "请按照Content-Encoding指定的方式压缩后重新发送。"
    }
    /// A part of an answer is asked for that has none.
    NotResumable: BAD_REQUEST "WKS.00060400" {
        "The header Range asks for a part from the middle of an answer that is made anew for each request, as an export is." "Ask for it again without Range, from its first byte. Use an export task where downloads break: its file can be resumed."
        "请求头Range要求从中间开始的部分，而该响应（例如导出）每次请求都会重新生成。" "请不带Range从头重新请求。如下载经常中断，请使用导出任务，其文件支持断点续传。"
    }
    /// There are no credentials, or unknown ones.
    Unauthenticated: UNAUTHORIZED "APIGW.0301" {
        "There are no credentials, or they are not known." "Send a valid token in the header X-Auth-Token, or sign the request with a valid access key."
        "缺少认证信息或认证信息无效。" "请在请求头X-Auth-Token中携带有效的Token，或使用有效的访问密钥签名。"
    }
    /// The signature is not that of the request.
    WrongSignature: UNAUTHORIZED "APIGW.0303" {
        "The signature of the request is wrong, or its time is more than 15 minutes off." "Check the secret access key and the clock, and that nothing on the way changes what is signed."
        "请求签名错误，或签名时间偏差超过15分钟。" "请检查SK和本地时钟，并确保签名内容在传输中未被修改。"
    }
    /// The token was valid once.
    TokenExpired: UNAUTHORIZED "APIGW.0307" {
        "The token has expired." "Ask IAM for a new token, and send that."
        "Token已过期。" "请向IAM重新获取Token后重试。"
    }
    /// A cookie names no session that is alive.
    NoSession: UNAUTHORIZED "WKS.00001401" {
        "There is no such session, or it has ended." "Sign in."
        "会话不存在或已结束。" "请重新登录。"
    }
    /// Somebody who signs in is not who they say.
    SignInRefused: UNAUTHORIZED "WKS.00002401" {
        "Nobody was signed in: the token, the password or what the provider said is not valid." "Check what you signed in with, and sign in again."
        "登录失败：Token、密码或身份提供方返回的信息无效。" "请检查登录信息后重试。"
    }
    /// The credentials do not allow it.
    Forbidden: FORBIDDEN "WKS.00000403" {
        "The credentials are for another project, or do not allow the action." "Use credentials of the project in the path, with a role that allows the action. An administrator can decode encoded_authorization_message, which says why."
        "凭证不属于该项目，或无权执行该操作。" "请使用路径中项目的凭证，并确保角色具有该操作权限。管理员可解码encoded_authorization_message查看原因。"
    }
    /// A cookie comes with what no page of ours asks for.
    OtherSite: FORBIDDEN "WKS.00001403" {
        "The cookie of a session came with a request that no page of this service makes." "Ask from a page of the service, with the header X-Deskledger: 1, or send a token in the header X-Auth-Token."
        "携带会话Cookie的请求并非来自本服务的页面。" "请从本服务的页面发起请求并携带请求头X-Deskledger: 1，或使用请求头X-Auth-Token。"
    }
    /// A provider did not sign somebody in, or they have no project here.
    SignInDenied: FORBIDDEN "WKS.00002403" {
        "The provider did not sign the user in, does not name them, or the user is in no group that may use this service." "Read the message. An administrator gives groups of the provider projects here by identity.oidc.grants."
        "身份提供方拒绝了登录、未提供用户名，或用户所在的组无权使用本服务。" "请查看提示信息。管理员可通过identity.oidc.grants为用户组授予项目。"
    }
    /// An access key was to make another one.
    KeyMakesNoKey: FORBIDDEN "WKS.00003403" {
        "The request to make an access key is signed with an access key, and no access key makes others." "Sign in, or send a token in the header X-Auth-Token."
        "请求使用访问密钥签名，而访问密钥不能创建访问密钥。" "请登录，或使用请求头X-Auth-Token。"
    }
    /// An access key was to have a role that its user lacks.
    RoleNotHeld: FORBIDDEN "WKS.00004403" {
        "roles names a role that the user does not have in the project." "Give roles of the user, or leave the field out for all of them."
        "roles中包含用户在该项目中没有的角色。" "请提供用户拥有的角色，或去掉该字段以使用全部角色。"
    }
    /// No resource has this path.
    NotFound: NOT_FOUND "APIGW.0101" {
        "There is no such path." "Check the path against docs/API.md."
        "请求的路径不存在。" "请对照API文档检查请求路径。"
    }
    /// The project has no such task.
    TaskNotFound: NOT_FOUND "WKS.00001404" {
        "The project has no such export task." "Check the identifier against the list of tasks: one that was deleted is gone."
        "该项目中不存在此导出任务。" "请对照任务列表检查任务ID，已删除的任务无法找回。"
    }
    /// The project has no such record.
    RecordNotFound: NOT_FOUND "WKS.00002404" {
        "The project has no such connection record." "Check the transaction_id against the list of records: a record of another project, or of a connection whose start is not known yet, is not found."
        "该项目中不存在此连接记录。" "请对照记录列表检查transaction_id，其他项目的记录或尚无开始时间的连接无法查询。"
    }
    /// The project has no such session.
    SessionNotFound: NOT_FOUND "WKS.00003404" {
        "The project has no such session, or none that the user may end." "Check the identifier against the list of sessions: one that has ended is gone."
        "该项目中不存在此会话，或用户无权结束该会话。" "请对照会话列表检查会话ID，已结束的会话不再存在。"
    }
    /// Nobody can sign in by this way.
    SignInNotConfigured: NOT_FOUND "WKS.00004404" {
        "Nobody can sign in by this way here." "Use one of the ways that GET /v2/sign-in lists."
        "未启用该登录方式。" "请使用GET /v2/sign-in列出的登录方式。"
    }
    /// The project has no such link.
    LinkNotFound: NOT_FOUND "WKS.00005404" {
        "The project has no such export link, or it is another user's." "Check the identifier against the list of links: one that is old is gone."
        "该项目中不存在此导出链接，或该链接属于其他用户。" "请对照链接列表检查链接ID，过期的链接会被清除。"
    }
    /// Access keys cannot be managed over HTTP.
    KeysNotConfigured: NOT_FOUND "WKS.00006404" {
        "Access keys cannot be managed here: the service has no key to seal them with, or its database role lacks rights to them." "An operator sets identity.sealing_keys and grants the rights that docs/OPERATIONS.md names."
        "此处无法管理访问密钥：服务未配置用于加密的密钥，或其数据库角色缺少权限。" "请运维人员配置identity.sealing_keys并授予OPERATIONS文档中列出的权限。"
    }
    /// The project has no such access key.
    AccessKeyNotFound: NOT_FOUND "WKS.00007404" {
        "The project has no such access key in the database." "Check the identifier against the list of access keys: one of another project, or of the settings, is not found."
        "该项目在数据库中不存在此访问密钥。" "请对照访问密钥列表检查ID，其他项目的密钥或配置文件中的密钥无法查询。"
    }
    /// The resource does not take the method.
    MethodNotAllowed: METHOD_NOT_ALLOWED "WKS.00000405" {
        "The path does not take this method." "Use the method in the header Allow."
        "该路径不支持此方法。" "请使用响应头Allow中的方法。"
    }
    /// The task has no file yet.
    TaskNotDone: CONFLICT "WKS.00001409" {
        "The export task is not done yet." "List the task until its status is SUCCESS, then download its file."
        "导出任务尚未完成。" "请查询任务列表，待状态为SUCCESS后再下载。"
    }
    /// The task came to no file.
    TaskFailed: CONFLICT "WKS.00002409" {
        "The export task failed, so it has no file." "See why in the message, and start another task."
        "导出任务失败，没有可下载的文件。" "请根据提示信息处理后重新创建任务。"
    }
    /// There are as many access keys as there may be.
    TooManyAccessKeys: CONFLICT "WKS.00003409" {
        "The user or the project has as many access keys as there may be." "Revoke a key that is not needed any more."
        "用户或项目的访问密钥数量已达上限。" "请先吊销不再需要的密钥。"
    }
    /// The file of the task is not kept any more.
    TaskExpired: GONE "WKS.00001410" {
        "The file of the export task is gone: it was kept as long as files are kept." "Start another task."
        "导出任务的文件已过期。" "请重新创建导出任务。"
    }
    /// The file is not the one that the client wants.
    AnotherFile: PRECONDITION_FAILED "WKS.00000412" {
        "The file of the export task is not the one that the header If-Match names." "Download the file from its first byte, without If-Match."
        "导出任务的文件与请求头If-Match指定的文件不一致。" "请去掉If-Match，从头重新下载该文件。"
    }
    /// The body is too large.
    BodyTooLarge: PAYLOAD_TOO_LARGE "WKS.00000413" {
        "The body of the request is too large." "Send a smaller body, or none."
        "请求体过大。" "请减小请求体。"
    }
    /// The URL is too long.
    UrlTooLong: URI_TOO_LONG "WKS.00000414" {
        "The URL of the request is too long." "Send a shorter URL."
        "请求URL过长。" "请缩短URL。"
    }
    /// The request comes too slowly.
    BodyTooSlow: REQUEST_TIMEOUT "WKS.00000408" {
        "The request, its head or its body, comes too slowly." "Send it faster, or in several smaller parts."
        "请求头或请求体传输过慢。" "请加快传输，或拆分为多个较小的请求。"
    }
    /// The body is of a type that is not taken.
    UnsupportedMediaType: UNSUPPORTED_MEDIA_TYPE "WKS.00000415" {
        "The body of the request is of a type, or compressed in a way, that the path does not take." "Send what the message names."
        "不支持的请求体类型或压缩方式。" "请使用提示信息中给出的类型和压缩方式。"
    }
    /// The range is not in the file.
    RangeNotSatisfiable: RANGE_NOT_SATISFIABLE "WKS.00000416" {
        "The range in the header Range is not in the file." "Ask for a range within the size that the header Content-Range tells."
        "请求头Range指定的范围超出文件大小。" "请使用响应头Content-Range所示大小以内的范围。"
    }
    /// The client's HTTP is too old for the answer.
    ProtocolTooOld: UPGRADE_REQUIRED "WKS.00000426" {
        "The answer is too large for HTTP/1.0, which does not distinguish a part of it from the whole." "Ask by HTTP/1.1, ask for less, or start an export task and download its file."
        "响应过大，无法通过HTTP/1.0安全传输。" "请使用HTTP/1.1，或缩小请求范围，或创建导出任务后下载其文件。"
    }
    /// The headers are too large.
    HeadersTooLarge: REQUEST_HEADER_FIELDS_TOO_LARGE "WKS.00000431" {
        "The headers of the request are too large." "Send fewer or shorter headers."
        "请求头过大。" "请减少或缩短请求头。"
    }
    /// The project, an access key or an address asks for too much at once.
    TooManyRequests: TOO_MANY_REQUESTS "APIGW.0308" {
        "Too much at once: the project has as many exports or recordings running or tasks waiting as it may, too many signatures of the access key or attempts to sign in were wrong, or too many unknown tokens or sessions of the address wait to be checked." "Try again after the time in the header Retry-After."
        "请求过多：该项目同时进行的导出、写入或等待中的任务过多，该访问密钥的错误签名过多，登录失败次数过多，或来自该地址的待校验Token或会话过多。" "请在响应头Retry-After指定的时间后重试。"
    }
    /// Our fault.
    Internal: INTERNAL_SERVER_ERROR "WKS.00000500" {
        "An error inside the service." "Give the request id to the operator of the service."
        "服务内部错误。" "请将请求ID提供给服务管理员。"
    }
    /// The service cannot answer now.
    Unavailable: SERVICE_UNAVAILABLE "WKS.00000503" {
        "The service is full, shutting down, or its database is unavailable." "Try again after the time in the header Retry-After."
        "服务繁忙、正在关闭或数据库不可用。" "请在响应头Retry-After指定的时间后重试。"
    }
    /// The identity service cannot answer now.
    IamUnavailable: SERVICE_UNAVAILABLE "APIGW.0613" {
        "The identity service (IAM), or the provider by which people sign in, is unavailable or busy, so nobody knows who asks." "Try again after the time in the header Retry-After."
        "身份认证服务（IAM）或登录身份提供方不可用或繁忙，无法校验身份。" "请在响应头Retry-After指定的时间后重试。"
    }
}
