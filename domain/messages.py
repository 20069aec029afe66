"""The one catalogue of what the API says to people: each reason in English and Chinese, filled from the refusal's values."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from domain.errors import Refusal

TEXTS: Mapping[str, tuple[str, str]] = {
    # who asks
    "BAD_CREDENTIALS": ("User name or password is wrong.", "用户名或密码错误。"),
    "BAD_REFRESH_TOKEN": ("This session cannot be refreshed. Sign in again.", "会话无法续期，请重新登录。"),
    "WRONG_PASSWORD": ("The old password is wrong.", "原密码错误。"),
    "PASSWORD_TOO_SHORT": ("A password has at least {least} characters.", "密码至少 {least} 个字符。"),
    "PASSWORD_TOO_LONG": ("A password has at most {most} characters.", "密码最多 {most} 个字符。"),
    "PASSWORD_HOLDS_USERNAME": ("The password must not contain the user name.", "密码不能包含用户名。"),
    "TOO_MANY_ATTEMPTS": (
        "Too many failed attempts. Try again in {seconds} seconds.",
        "尝试失败次数过多，请在 {seconds} 秒后重试。",
    ),
    "UNAUTHENTICATED": ("Sign in first.", "请先登录。"),
    "TOKEN_INVALID": ("The access token is not valid.", "访问令牌无效。"),
    "TOKEN_EXPIRED": ("The access token has expired.", "访问令牌已过期。"),
    "SESSION_OVER": ("The session is over. Sign in again.", "会话已结束，请重新登录。"),
    "DATABASE_AWAY": ("The database cannot be reached. Try again in a moment.", "数据库暂时无法访问，请稍后重试。"),
    "ANSWER_TOO_SLOW": (
        "The answer took longer than {most} seconds. Ask for less at once, or try again.",
        "查询超过 {most} 秒未完成，请缩小查询范围或稍后重试。",
    ),
    "POLICY_MOVED": ("The policy is being changed. Try again.", "策略正在变更，请重试。"),
    "FOREIGN_ORIGIN": ("The session cookie is not accepted from this origin.", "不接受来自该来源的会话 Cookie。"),
    # what they may
    "NOT_FOUND": ("There is no {what} with this id or number.", "不存在该编号的{what}。"),
    "FORBIDDEN": ("You may not {activity} {object} here.", "您无权在此对 {object} 执行 {activity}。"),
    "FORBIDDEN_FIELD": ("You may not filter or sort by {name}.", "您无权按 {name} 筛选或排序。"),
    "FORBIDDEN_QUESTION": ("You may not ask this.", "您无权查询此项。"),
    # input in general
    "ID_MALFORMED": ("This is not an id.", "该 ID 无效。"),
    "ID_OF_OTHER_TYPE": ("This id is of another type; a {expected} is needed.", "该 ID 属于其他类型，需要 {expected}。"),
    "ONE_KEY_NEEDED": ("Give exactly one of: {names}.", "请只提供其中一项：{names}。"),
    "CURSOR_MALFORMED": ("The cursor is not one that was given out for this list and order.", "游标无效或不属于此列表与排序。"),
    "PAGE_SIZE": ("`first` is {value}; at least 0 and at most {most} are allowed.", "first 为 {value}，允许 0 至 {most}。"),
    "ORDER_REPEATED": ("The field {name} stands twice in the order.", "排序字段 {name} 重复。"),
    "FILTER_TOO_LARGE": (
        "The filter has {found} parts; at most {most} are allowed.",
        "筛选条件有 {found} 项，最多 {most} 项。",
    ),
    "SEARCH_TOO_LONG": (
        "The search text has {found} characters; at most {most} are allowed.",
        "搜索文本有 {found} 个字符，最多 {most} 个。",
    ),
    "TEXT_TOO_LONG": (
        "The text has {found} characters; at most {most} are allowed.",
        "文本有 {found} 个字符，最多 {most} 个。",
    ),
    "TEXT_CONTROL": ("The text contains a character that cannot be stored.", "文本包含无法存储的字符。"),
    "TEXT_EMPTY": ("The text must not be empty.", "文本不能为空。"),
    "KEY_REUSED": ("This idempotency key was used for other input.", "该幂等键已用于其他输入。"),
    "KEY_MALFORMED": ("An idempotency key has 1 to {most} characters.", "幂等键为 1 至 {most} 个字符。"),
    "STALE_VERSION": (
        "It was changed since: version is {current}, not {given}. Changed: {fields}.",
        "数据已被更改：当前版本为 {current}，而非 {given}。更改字段：{fields}。",
    ),
    # areas
    "AREA_MALFORMED": ("{value} is not a sales area; write it as 1000/10/00.", "{value} 不是销售范围，请写作 1000/10/00。"),
    "AREA_IS_PATTERN": ("{value} is a pattern; one sales area is needed.", "{value} 是模式，需要具体的销售范围。"),
    "PATTERN_MALFORMED": (
        "{value} is not a sales area pattern; write it as 1000/*/*.",
        "{value} 不是销售范围模式，请写作 1000/*/*。",
    ),
    "UNKNOWN_SALES_AREA": ("There is no sales area {value}.", "不存在销售范围 {value}。"),
    # customers
    "NAME_EMPTY": ("A name is needed.", "名称不能为空。"),
    "COUNTRY_MALFORMED": ("{value} is not a country code of two capital letters.", "{value} 不是两位大写国家代码。"),
    "TAX_NUMBER_MALFORMED": ("{value} is not a tax number of this country.", "{value} 不是该国的税号。"),
    "EMAIL_MALFORMED": ("{value} is not an e-mail address.", "{value} 不是电子邮箱地址。"),
    "DUPLICATE_TAX_NUMBER": ("Customer {number} has this tax number already.", "客户 {number} 已使用该税号。"),
    "BLOCKS_EMPTY": ("Name at least one block, or NONE to lift them.", "请至少指定一项冻结，或用 NONE 解除。"),
    "BLOCKS_CONTRADICT": ("NONE cannot stand beside other blocks.", "NONE 不能与其他冻结并用。"),
    "REASON_EMPTY": ("A reason is needed.", "需要填写原因。"),
    "NO_SUCH_VIEW": ("The customer has no view of sales area {value}.", "该客户没有销售范围 {value} 的视图。"),
    "NOTHING_TO_CHANGE": ("Nothing would change.", "没有任何更改。"),
    # files
    "DOCUMENT_TYPE": ("The kind of document is one of: {known}.", "资质文件类型须为以下之一：{known}。"),
    "FILE_EMPTY": ("The file is empty.", "文件为空。"),
    "FILE_TOO_LARGE": ("The file has {found} bytes; at most {most} are taken.", "文件为 {found} 字节，最多 {most} 字节。"),
    "FILE_KIND": ("The file's content is none of: {taken}.", "文件内容不属于以下格式：{taken}。"),
    "FILE_MISNAMED": (
        "The content is {kind}, which {name} or its media type does not say.",
        "文件内容为 {kind}，与文件名 {name} 或其媒体类型不符。",
    ),
    "FILE_ACTIVE": ("The file carries something that would run when it is opened.", "文件含有打开时会自动执行的内容。"),
    "FILE_NAME": (
        "The file's name may not be a path, hidden or contain invisible characters.",
        "文件名不能是路径、隐藏文件名，也不能含有不可见字符。",
    ),
    "LINK_OVER": ("This link has expired or leads nowhere. Ask for another.", "该链接已失效或无效，请重新获取。"),
    "MULTIPART": ("The multipart request is malformed at {where}.", "multipart 请求在 {where} 处格式错误。"),
    "PREFLIGHT_NEEDED": (
        "A multipart request needs a header {header}, which no page of another origin can send unasked.",
        "multipart 请求必须带有 {header} 请求头。",
    ),
    # onboarding
    "WRONG_STATUS": ("This cannot be done while the customer is {status}.", "客户状态为 {status}，不能执行此操作。"),
    "OWN_SUBMISSION": ("You submitted this customer: somebody else decides.", "该客户由您提交，须由他人审批。"),
    "DOCUMENT_MISSING": ("The mandatory document {document} is missing: {title}.", "缺少必需的资质文件 {document}：{title}。"),
    "DOCUMENT_NOT_ACCEPTED": (
        "The mandatory document {document} is not there accepted and valid: {title}.",
        "必需的资质文件 {document} 未通过审核或不在有效期内：{title}。",
    ),
    "DOCUMENTS_LACKING": (
        "Mandatory documents are missing, not accepted or not valid; you may not see which.",
        "必需的资质文件缺失、未通过审核或已失效；您无权查看具体内容。",
    ),
    "REVIEWED_ALREADY": ("The document was reviewed already: it is {status}.", "该文件已审核，状态为 {status}。"),
    "OWN_DOCUMENT": ("You added this document: somebody else reviews it.", "该文件由您添加，须由他人审核。"),
    "DOCUMENT_OVER": ("The document was valid only to {day}.", "该文件的有效期截至 {day}。"),
    "NUMBER_MALFORMED": ("{value} is not a customer number; give it whole.", "{value} 不是客户编号，请提供完整编号。"),
    "VIEW_EXISTS": ("Sales area {value} deals with this customer already.", "销售范围 {value} 已有该客户的视图。"),
    "EXTENSION_PENDING": (
        "This is proposed already and waits for approval.",
        "该扩展已提交，正在等待审批。",
    ),
    "TOO_MANY_PROPOSALS": (
        "You have {most} open proposals; wait until some are decided.",
        "您有 {most} 个待审批的申请，请等待审批后再提交。",
    ),
    "DECIDED_ALREADY": ("The proposal was decided already: it is {status}.", "该申请已处理，状态为 {status}。"),
    "OWN_PROPOSAL": ("You made this proposal: somebody else decides.", "该申请由您提出，须由他人审批。"),
    "NO_SUCH_NUMBER": ("There is no customer {value}.", "不存在客户 {value}。"),
    # policy
    "LINE_LENGTH": (
        "A policy line has {expected} columns; this one has {found}.",
        "策略行应有 {expected} 列，此行有 {found} 列。",
    ),
    "UNKNOWN_ROLE": ("There is no role {value}.", "不存在角色 {value}。"),
    "UNKNOWN_USER": ("There is no user {value}.", "不存在用户 {value}。"),
    "UNKNOWN_OBJECT": ("There is no authorization object {value}.", "不存在权限对象 {value}。"),
    "UNKNOWN_ACTIVITY": ("The object has no activity {value}.", "该权限对象没有活动 {value}。"),
    "UNKNOWN_REACH": ("Reach is exactly `all` or `own`, not {value}.", "范围只能是 all 或 own，不能是 {value}。"),
    "UNKNOWN_EFFECT": ("Effect is exactly `allow` or `deny`, not {value}.", "效果只能是 allow 或 deny，不能是 {value}。"),
    "LIMIT_MALFORMED": ("{value} is not a decimal.", "{value} 不是小数。"),
    "LIMIT_WITHOUT_MEASURE": ("The object has no measure that a limit could compare.", "该权限对象没有可供限额比较的度量。"),
    "DENY_WITH_LIMIT": ("A deny carries no limit.", "拒绝规则不能带限额。"),
    "DENY_WITH_OWN": ("A deny is of reach `all`.", "拒绝规则的范围必须为 all。"),
    "INHERITANCE_CIRCLE": ("Roles inherit each other in a circle: {roles}.", "角色继承成环：{roles}。"),
    "INHERITANCE_TOO_DEEP": ("Roles inherit more than {most} deep: {roles}.", "角色继承超过 {most} 层：{roles}。"),
    "VALIDITY_REVERSED": ("The end of the validity lies before its begin.", "有效期结束早于开始。"),
    "INSTANT_MALFORMED": ("{value} is not a date or a time with offset.", "{value} 不是日期或带时区的时间。"),
    "DAY_MALFORMED": ("{value} is not a day; write it as 2026-12-31.", "{value} 不是日期，请写作 2026-12-31。"),
    "INSTANT_TOO_FAR": ("{value} lies outside the years 1900 to 9998.", "{value} 超出 1900 年至 9998 年的范围。"),
    "LINE_MISSING": ("There is no such policy line.", "不存在该策略行。"),
    "ASSIGNMENT_MISSING": ("There is no such assignment.", "不存在该角色分配。"),
    "ASSIGNMENT_EXISTS": ("This assignment exists already.", "该角色分配已存在。"),
    "NAME_MALFORMED": (
        "{value} is not a name: lower-case letters, digits, `.`, `_`, `-`, at most 60.",
        "{value} 不是有效名称：只能包含小写字母、数字、点、下划线和连字符，最多 60 个字符。",
    ),
    "ROLE_EXISTS": ("The role {value} exists already.", "角色 {value} 已存在。"),
    "USER_EXISTS": ("The user {value} exists already.", "用户 {value} 已存在。"),
    # why somebody may not
    "MISS_LOCKED": ("The user is locked.", "该用户已被锁定。"),
    "MISS_ELSEWHERE": (
        "The record also lies in sales areas that you may not see, and it is not allowed in all of those.",
        "该记录还属于您无权查看的销售范围，且并非在所有这些范围内都获准。",
    ),
    "MISS_DENIED": ("Role {role} denies it in {areas}.", "角色 {role} 在 {areas} 拒绝该操作。"),
    "MISS_NO_LINE": ("None of the user's roles has {activity} on {object}.", "该用户的角色均未授予对 {object} 的 {activity}。"),
    "MISS_AREA_ASSIGNED": ("Role {role} has it, but is assigned in {areas}.", "角色 {role} 拥有该权限，但仅分配在 {areas}。"),
    "MISS_AREA_LINE": ("Role {role} has it only in {areas}.", "角色 {role} 仅在 {areas} 拥有该权限。"),
    "MISS_NOT_YET": ("Role {role} in {areas} begins only on {instant}.", "角色 {role}（{areas}）自 {instant} 起才生效。"),
    "MISS_EXPIRED": ("Role {role} in {areas} ended on {instant}.", "角色 {role}（{areas}）已于 {instant} 失效。"),
    "MISS_OWN_ONLY": ("Role {role} in {areas} has it only for own records.", "角色 {role}（{areas}）仅对本人记录拥有该权限。"),
    "MISS_LIMIT": (
        "Role {role} in {areas} goes up to {limit}; this is {measure}.",
        "角色 {role}（{areas}）限额为 {limit}，此处为 {measure}。",
    ),
    "MISS_NO_MEASURE": (
        "Role {role} in {areas} goes up to {limit}; give a measure.",
        "角色 {role}（{areas}）限额为 {limit}，请提供度量值。",
    ),
    # documents at the door
    "DOCUMENT_TOO_DEEP": (
        "The document is {found} levels deep; at most {most} are allowed.",
        "文档嵌套 {found} 层，最多 {most} 层。",
    ),
    "DOCUMENT_COUNTS": (
        "The document asks for totalCount {found} times; at most {most} are allowed.",
        "文档请求了 {found} 次 totalCount，最多 {most} 次。",
    ),
    "DOCUMENT_ALIASES": (
        "The document has {found} aliases; at most {most} are allowed.",
        "文档有 {found} 个别名，最多 {most} 个。",
    ),
    "DOCUMENT_DIRECTIVES": (
        "The document has {found} directives; at most {most} are allowed.",
        "文档有 {found} 个指令，最多 {most} 个。",
    ),
    "DOCUMENT_TOKENS": ("The document has more than {most} tokens.", "文档超过 {most} 个标记。"),
    "DOCUMENT_LENGTH": (
        "The document has {found} characters; at most {most} are allowed. Send long texts as variables.",
        "文档有 {found} 个字符，最多 {most} 个。长文本请用变量传递。",
    ),
    "DOCUMENT_WORD": (
        "A name or number in the document has {found} characters; at most {most} are allowed.",
        "文档中的名称或数字有 {found} 个字符，最多 {most} 个。",
    ),
    "DOCUMENT_NESTING": ("The document is nested too deeply to be read.", "文档嵌套过深，无法读取。"),
    "DOCUMENT_REPEATS": (
        "The document selects the same fields too often: merging them takes more than {most} comparisons.",
        "文档重复选择相同字段过多：合并所需比较超过 {most} 次。",
    ),
    "DOCUMENT_COST": (
        "The answer may come to {found} fields; at most {most} are allowed. Ask for smaller pages or fewer fields.",
        "结果可能包含 {found} 个字段，最多 {most} 个。请减小分页或减少字段。",
    ),
    "DOCUMENT_INVALID": ("The document is not valid: {why}.", "文档无效：{why}。"),
    "DOCUMENT_UNPLANNED": (
        "This document needs Python and is answered by Strawberry's executor.",
        "该文档需要 Python，由 Strawberry 执行器应答。",
    ),
    "INTROSPECTION_OFF": ("Introspection is switched off here.", "此处已关闭内省。"),
    "OPERATION_UNKNOWN": ("The document has no operation named {name}.", "文档中没有名为 {name} 的操作。"),
    "OPERATION_AMBIGUOUS": (
        "The document has several operations: give operationName.",
        "文档包含多个操作，请提供 operationName。",
    ),
    "OPERATION_MISSING": ("The document has no operation.", "文档中没有操作。"),
    # HTTP
    "PATH_UNKNOWN": ("There is nothing here.", "此处没有内容。"),
    "METHOD_WRONG": ("Use one of: {methods}.", "请使用以下方法之一：{methods}。"),
    "MUTATION_BY_GET": ("Only queries are sent by GET; send this by POST.", "GET 只能发送查询，请使用 POST。"),
    "ACCEPT_NEITHER": ("Accept one of: {types}.", "请接受以下类型之一：{types}。"),
    "CONTENT_TYPE": ("Send {type} in UTF-8.", "请以 UTF-8 发送 {type}。"),
    "BODY_TOO_LARGE": ("The body is larger than {most} bytes.", "请求体超过 {most} 字节。"),
    "BODY_NOT_JSON": ("The body is not JSON.", "请求体不是 JSON。"),
    "BODY_NOT_OBJECT": ("The body is one JSON object: batching is off.", "请求体应为单个 JSON 对象，不支持批量请求。"),
    "QUERY_MISSING": ("`query` must be a non-empty string.", "query 必须为非空字符串。"),
    "PARAMETER_NOT_JSON": ("`{name}` is not JSON.", "{name} 不是 JSON。"),
    "PARAMETER_NOT_OBJECT": ("`{name}` must be an object.", "{name} 必须为对象。"),
    "PARAMETER_NOT_STRING": ("`{name}` must be a string.", "{name} 必须为字符串。"),
    "HTTP_ERROR": ("The request cannot be answered.", "无法处理该请求。"),
    "INTERNAL": (
        "Something went wrong. Give the request id {request} when you report it.",
        "发生内部错误。报告时请提供请求编号 {request}。",
    ),
}

LANGUAGES = ("en", "zh")
LONGEST_WISHES = 200
WISH = re.compile(r"(?P<language>[A-Za-z]+)(?:[-_][A-Za-z0-9_-]*)?(?:\s*;\s*[qQ]=(?P<quality>[01](?:\.[0-9]{0,3})?))?")
"""One language of an `Accept-Language` header, e.g. `zh-Hans-CN;q=0.8`; quality 0 means: not this one."""


def language_of(accepted: str) -> str:
    """The better of the two languages for an `Accept-Language` header or a locale; English when neither is asked for."""
    return _language_of(accepted[:LONGEST_WISHES])


@lru_cache(maxsize=500)
def _language_of(accepted: str) -> str:
    wishes = []
    for place, part in enumerate(accepted.split(",")):
        wish = WISH.fullmatch(part.strip())
        if wish and wish["language"].lower() in LANGUAGES:
            wishes.append((-Decimal(wish["quality"] or 1), place, wish["language"].lower()))
    quality, _, language = min(wishes, default=(Decimal(0), 0, "en"))
    return language if quality else "en"


def text_of(refusal: Refusal, language: str) -> str:
    """The refusal in words."""
    return TEXTS[refusal.reason][LANGUAGES.index(language)].format(**refusal.values)
