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
    # API keys
    "KEY_READ_ONLY": ("This API key may only read.", "此 API 密钥只能读取。"),
    "KEY_ONLY_SIGNED_IN": ("This needs a sign-in; an API key may not do it.", "此操作需要登录，不能使用 API 密钥。"),
    "KEY_OF_PERSON": (
        "Only machines get their keys from others; people make their own.",
        "只能为机器用户代建密钥，人员须自行创建。",
    ),
    "KEY_OF_ADMINISTRATOR": (
        "This machine administers users or policy: nobody makes keys for it in its place.",
        "该机器用户具有管理权限，不能由他人代建密钥。",
    ),
    "TOO_MANY_KEYS": ("There are {most} keys already; revoke one first.", "已有 {most} 个密钥，请先撤销一个。"),
    "KEY_OVER": ("A key must be valid today.", "密钥的有效期不能早于今天。"),
    "KEY_TOO_LONG": ("A key is valid for at most {most} days.", "密钥有效期最长 {most} 天。"),
    # streams
    "STREAM_NEEDED": (
        "A subscription needs a stream: graphql-transport-ws, or text/event-stream.",
        "订阅需要流式连接：graphql-transport-ws 或 text/event-stream。",
    ),
    "STREAM_TOO_SLOW": ("More than {most} events wait to be read; subscribe again.", "未读事件超过 {most} 条，请重新订阅。"),
    "TOO_MANY_STREAMS": ("You follow {most} streams already; end one first.", "您已有 {most} 个流，请先结束一个。"),
    "SERVER_STOPS": ("The server stops; subscribe again.", "服务器正在停止，请重新订阅。"),
    # webhooks
    "WEBHOOK_URL": ("A webhook needs a public https address.", "Webhook 需要公网 https 地址。"),
    "TOO_MANY_WEBHOOKS": ("There are {most} webhooks already; delete one first.", "已有 {most} 个 Webhook，请先删除一个。"),
    "WEBHOOK_DISABLED": ("This webhook was switched off: {why}.", "该 Webhook 已停用：{why}。"),
    "TOPICS_EMPTY": ("Name at least one topic.", "请至少指定一个主题。"),
    "TOPIC_UNKNOWN": ("There is no topic {value}; there are: {known}.", "不存在主题 {value}，可用主题：{known}。"),
    # what they may
    "NOT_FOUND": ("There is no {what} with this id or number.", "不存在该编号的{what}。"),
    "FORBIDDEN": ("You may not {activity} {object} here.", "您无权在此对 {object} 执行 {activity}。"),
    "FORBIDDEN_FIELD": ("You may not filter or sort by {name}.", "您无权按 {name} 筛选或排序。"),
    "FORBIDDEN_QUESTION": ("You may not ask this.", "您无权查询此项。"),
    # input in general
    "ID_MALFORMED": ("This is not an id.", "该 ID 无效。"),
    "ID_OF_OTHER_TYPE": ("This id is of another type; a {expected} is needed.", "该 ID 属于其他类型，需要 {expected}。"),
    "NO_CHANGES_KEPT": ("Of such a record no changes are kept.", "此类记录不保存更改。"),
    "AS_OF_FUTURE": ("This moment is still to come.", "该时刻尚未到来。"),
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
    # exchange
    "CSV_ENCODING": (
        "Line {line} is not written in {encoding}. Choose the encoding that the file was saved in.",
        "第 {line} 行不是 {encoding} 编码，请选择文件保存时所用的编码。",
    ),
    "CSV_NUL": ("Line {line} contains a NUL character.", "第 {line} 行包含空字符（NUL）。"),
    "CSV_MALFORMED": (
        "The CSV is broken at line {line}: look for a quotation mark.",
        "CSV 在第 {line} 行格式错误，请检查引号。",
    ),
    "CSV_TOO_LONG": ("The file has more than {most} rows.", "文件超过 {most} 行。"),
    "CSV_NO_ROWS": ("The file has titles and no rows.", "文件只有标题，没有数据行。"),
    "COLUMN_UNKNOWN": ("There is no column {value}.", "不存在列 {value}。"),
    "COLUMN_TWICE": ("The column {value} stands twice in the file.", "列 {value} 重复。"),
    "COLUMN_MISSING": ("The column {value} is needed.", "缺少列 {value}。"),
    "ROW_LENGTH": ("The row has {found} cells; {expected} are expected.", "该行有 {found} 个单元格，应为 {expected} 个。"),
    "CELL_EMPTY": ("This cell must not be empty.", "此单元格不能为空。"),
    "CELL_FORMULA": (
        "{value} would be computed by a spreadsheet; write an apostrophe before it if it is meant.",
        "{value} 会被电子表格当作公式计算；如确需此值，请在前面加撇号。",
    ),
    "CUSTOMER_TYPE": ("{value} is not a customer type; one of: {known}.", "{value} 不是客户类型，须为以下之一：{known}。"),
    "CUSTOMER_TYPE_FIXED": ("The customer's type stays {value}.", "客户类型不可更改，保持为 {value}。"),
    "VERSION_MALFORMED": ("{value} is not a version.", "{value} 不是版本号。"),
    "ROWS_REFUSED": (
        "{refused} rows were refused, so that none was kept.",
        "{refused} 行被拒绝，因此全部未保存。",
    ),
    "JOB_OVER": ("The job is over: it is {status}.", "任务已结束，状态为 {status}。"),
    "JOB_OF_ANOTHER": ("Only who started a job can cancel it.", "只有任务的发起人可以取消任务。"),
    "JOB_BROKEN_OFF": (
        "The job was broken off {times} times and is not tried again.",
        "任务中断 {times} 次，不再重试。",
    ),
    "JOB_FAILED": (
        "Something went wrong. Give the request id {request} when you report it.",
        "发生内部错误。报告时请提供请求编号 {request}。",
    ),
    "TOO_MANY_JOBS": ("You have {most} jobs that are not over yet.", "您有 {most} 个任务尚未结束。"),
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
    "CLOSED": (
        "This record was merged into another one: it can be read and no longer changed.",
        "该记录已合并到另一条记录：只能查看，不能再更改。",
    ),
    "TOO_MANY_ACCOUNTS": ("{found} bank accounts are too many: at most {most}.", "银行账户有 {found} 个，最多 {most} 个。"),
    "SAME_CUSTOMER": ("A customer cannot be merged into itself.", "客户不能合并到自身。"),
    "TYPES_DIFFER": ("The two customers are of different types.", "两个客户的类型不同。"),
    "USERS_BOUND": (
        "Partner users speak for this customer, and would come to speak for the other one. End that first.",
        "仍有合作伙伴用户代表该客户；合并会使其代表另一客户，请先解除。",
    ),
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
    "LINE_EXISTS": ("The role says so already.", "该角色已有此规则。"),
    "LINK_EXISTS": ("The role inherits it already.", "该角色已继承此角色。"),
    "LINK_MISSING": ("The role does not inherit it.", "该角色未继承此角色。"),
    "LIST_EMPTY": ("This must name something.", "此项不能为空。"),
    "ROLE_INHERITED": ("The role is inherited by {roles}.", "该角色被 {roles} 继承。"),
    "ROLE_ASSIGNED": (
        "The role is assigned to {count} users; take it from them first.",
        "该角色已分配给 {count} 个用户，请先取消分配。",
    ),
    "TEXT_SAME": ("The texts are these already.", "文本没有变化。"),
    "VALIDITY_SAME": ("The validity is this already.", "有效期没有变化。"),
    "TOO_MANY_OPERATIONS": (
        "A change has at most {most} operations, not {found}.",
        "一次变更最多 {most} 个操作，当前为 {found} 个。",
    ),
    # policy changes
    "CHANGE_STATUS": (
        "The policy change is {status}: this is no longer, or not yet, possible.",
        "策略变更状态为 {status}，无法执行此操作。",
    ),
    "CHANGE_OWN": (
        "You had a hand in it: somebody else decides. You may withdraw it.",
        "您参与了该变更，须由他人决定；您可以撤回。",
    ),
    "CHANGE_NEEDS_SECOND": (
        "It changes administration or a standard role: a second administrator has to approve it first.",
        "该变更涉及管理权限或标准角色，须先由另一位管理员批准。",
    ),
    "CHANGED_MEANWHILE": (
        "This was changed meanwhile, up to version {version}: {about}.",
        "此项已被他人更改（至版本 {version}）：{about}。",
    ),
    "POLICY_MOVED_ON": (
        "It was drafted on version {base}, and the policy is at {current}: rebase it first.",
        "该变更基于版本 {base}，当前策略版本为 {current}，请先变基。",
    ),
    "BASE_IS_NEWEST": ("It stands on the newest version already.", "该变更已基于最新版本。"),
    "VERSION_UNKNOWN": ("There is no policy version {value}.", "不存在策略版本 {value}。"),
    "INSTANT_PAST": ("{value} is over.", "{value} 已经过去。"),
    "OUTSIDE_ADMINISTRATION": (
        "Your administration does not reach that far: {activity} {object} over {areas}.",
        "超出您的管理范围：在 {areas} 对 {object} 执行 {activity}。",
    ),
    "GRANT_TO_ONESELF": ("Nobody grants to themselves: {user}.", "不能给自己授权：{user}。"),
    "GAIN_FOR_ONESELF": (
        "{user}, who had a hand in it, would gain by it: {rights}.",
        "参与者 {user} 将由此获得权限：{rights}。",
    ),
    "PARTNER_BEYOND_OWN": (
        "{user} is a partner: {role} would show records of {object} that are not theirs.",
        "{user} 是合作伙伴：角色 {role} 会使其看到不属于自己的 {object} 记录。",
    ),
    "TOO_FEW_ADMINISTRATORS": (
        "From {instant} on there would be {found} administrators; there must be {least}.",
        "自 {instant} 起将只剩 {found} 位管理员，至少需要 {least} 位。",
    ),
    "CONFLICT_BLOCKED": (
        "{user} would hold two duties that nobody may hold together: {risk}, in {areas}.",
        "{user} 将同时拥有不得兼任的职责：{risk}，范围 {areas}。",
    ),
    "CONFLICT_UNMITIGATED": (
        "{user} would hold two duties together: {risk}, in {areas}. It has to be mitigated first.",
        "{user} 将同时拥有冲突职责：{risk}，范围 {areas}。须先设置缓解控制。",
    ),
    "TOO_MANY_ROWS": ("A file has at most {most} rows, not {found}.", "文件最多 {most} 行，当前为 {found} 行。"),
    "USER_KIND": ("{value} is no kind of user; there are: {known}.", "{value} 不是用户类型，可用类型：{known}。"),
    "CSV_TITLES": ("Not as titles: {value}. There are: {known}.", "标题行有误：{value}。可用标题：{known}。"),
    "ROW_KIND": ("A row begins with `p` or `g`, not {value}.", "每行以 p 或 g 开头，不能是 {value}。"),
    "NAME_OF_KIND": ("{value} is no name that begins with {kind}.", "{value} 不是以 {kind} 开头的名称。"),
    "LINK_EVERYWHERE": ("Roles inherit everywhere, not in {value}.", "角色继承适用于全部范围，不能限于 {value}。"),
    "NOTHING_ASSIGNED": ("Nothing is assigned in {value}.", "{value} 中没有任何角色分配。"),
    "OPERATION_ALLOW": (
        "Allow {role} to {activities} {object} in {areas} ({reach}{limit}).",
        "允许 {role} 在 {areas} 对 {object} 执行 {activities}（{reach}{limit}）。",
    ),
    "OPERATION_DENY": (
        "Deny {role} to {activities} {object} in {areas}.",
        "拒绝 {role} 在 {areas} 对 {object} 执行 {activities}。",
    ),
    "OPERATION_REVOKE": (
        "Take from {role} what it says of {activities} on {object} in {areas}.",
        "取消 {role} 在 {areas} 对 {object} 的 {activities} 规则。",
    ),
    "OPERATION_ASSIGN": (
        "Give {user} the role {role} in {areas}{validity}.",
        "将角色 {role} 分配给 {user}，范围 {areas}{validity}。",
    ),
    "OPERATION_UNASSIGN": ("Take the role {role} in {areas} from {user}.", "取消 {user} 在 {areas} 的角色 {role}。"),
    "OPERATION_CHANGE_VALIDITY": (
        "Let {user} have the role {role} in {areas}{validity}.",
        "将 {user} 在 {areas} 的角色 {role} 的有效期改为{validity}。",
    ),
    "OPERATION_CREATE_ROLE": ("Make the role {role}: {title}{inherits}.", "新建角色 {role}：{title}{inherits}。"),
    "OPERATION_RENAME_ROLE": ("Call the role {role} {name} from now on.", "将角色 {role} 更名为 {name}。"),
    "OPERATION_CHANGE_TEXTS": ("Let the title of {role} be: {title}.", "将角色 {role} 的名称改为：{title}。"),
    "OPERATION_RETIRE_ROLE": ("Retire the role {role}.", "停用角色 {role}。"),
    "OPERATION_INHERIT": ("Let {role} inherit {parent}.", "让 {role} 继承 {parent}。"),
    "OPERATION_DISINHERIT": ("Let {role} no longer inherit {parent}.", "让 {role} 不再继承 {parent}。"),
    "USER_EXISTS": ("The user {value} exists already.", "用户 {value} 已存在。"),
    # users
    "DAYS_RANGE": ("{value} days are not 1 to {most}.", "天数 {value} 不在 1 至 {most} 之间。"),
    "USERNAME_TAKEN": ("The user name {value} is taken; choose another.", "用户名 {value} 已被占用，请另选。"),
    "HOME_NEEDED": ("Say where the user is to be administered, e.g. 1000/*/*.", "请指定用户的管理范围，例如 1000/*/*。"),
    "LOCALE_UNKNOWN": ("There is no language {value} here, but: {known}.", "不支持语言 {value}，可选：{known}。"),
    "ONLY_PARTNERS_BOUND": ("Only partners speak for customers.", "只有合作伙伴用户才能代表客户。"),
    "TOO_MANY_CUSTOMERS": ("One user speaks for at most {most} customers.", "一个用户最多代表 {most} 个客户。"),
    "OWN_USER": ("Nobody does this to themselves: ask another administrator.", "不能对自己执行此操作，请由其他管理员处理。"),
    "USER_LOCKED": ("The user is locked already.", "该用户已被锁定。"),
    "USER_NOT_LOCKED": ("The user is not locked.", "该用户未被锁定。"),
    "MACHINE_HAS_NO_PASSWORD": ("A machine has no password, but API keys.", "机器用户没有密码，只使用 API 密钥。"),
    "LAST_ADMINISTRATORS": ("Fewer than {least} administrators would be left.", "剩余管理员将不足 {least} 名。"),
    "PASSWORD_INITIAL": (
        "This password was given to you for the first sign-in: set another together with it.",
        "这是初始密码，登录时必须同时设置新密码。",
    ),
    "PASSWORD_SAME": ("The new password must be another one.", "新密码不能与原密码相同。"),
    # segregation of duties
    "UNKNOWN_RISK": ("There is no risk {value}.", "不存在风险 {value}。"),
    "UNKNOWN_FUNCTION": ("There is no duty {value}.", "不存在职责 {value}。"),
    "OWN_CONFLICT": ("Nobody mitigates a conflict of their own.", "不能为自己的职责冲突设置缓解控制。"),
    "OWNER_CONCERNED": (
        "Who is in conflict cannot be the one who controls it.",
        "控制负责人不能是存在冲突的用户本人。",
    ),
    "OWNER_NO_EMPLOYEE": ("A control is carried out by an employee.", "控制负责人必须是员工。"),
    "OWNER_LOCKED": ("The owner is locked.", "控制负责人已被锁定。"),
    "CONTROL_EMPTY": ("Say what the control is.", "请说明控制措施。"),
    "MITIGATION_OVER": ("A mitigation ends after today.", "缓解控制的截止日期必须晚于今天。"),
    "MITIGATION_TOO_LONG": ("A mitigation ends within {most} days.", "缓解控制最长 {most} 天。"),
    "MITIGATION_ENDED": ("This mitigation is over already.", "该缓解控制已结束。"),
    # views, partners, hierarchies
    "FIELD_EMPTY": ("This must not be empty.", "此项不能为空。"),
    "CODE_MALFORMED": ("{value} is not written as it must be.", "{value} 的格式不正确。"),
    "KEY_FIELD": (
        "{value} is not a field of keys, or is named twice; there are: {known}.",
        "{value} 不是关键字段或重复，可用字段：{known}。",
    ),
    "KEY_TABLE": (
        "No table of {type} has exactly these fields; there are: {known}.",
        "{type} 没有恰好由这些字段组成的条件表，可用：{known}。",
    ),
    "TYPE_WITHOUT_RECORDS": (
        "{value} is never found by records: it has no access sequence.",
        "{value} 没有存取顺序，不使用条件记录。",
    ),
    "CURRENCY_NEEDED": ("An amount of {type} needs its currency.", "{type} 的金额需要货币。"),
    "UNIT_NEEDED": ("A rate of {type} needs the unit that it is for.", "{type} 的比率需要计量单位。"),
    "RELEASED_ALREADY": ("This version is released already.", "该版本已经批准。"),
    "BLOCKED_ALREADY": ("This version is blocked already.", "该版本已被冻结。"),
    "OWN_RECORD": ("Nobody releases what they have made.", "不能批准自己编制的条件记录。"),
    "RELEASE_IS_ANOTHER_STEP": ("{value} would release it, which is a step of its own.", "{value} 意味着批准，须单独进行。"),
    "PIECE_EXISTS": ("There is {value} already; give its version to change it.", "{value} 已存在，更改时请提供其版本。"),
    "PIECE_USED": (
        "{value} stays as it is as long as condition records stand under it.",
        "仍有条件记录使用 {value}，不能更改。",
    ),
    "RATE_EXISTS": ("There is a rate from this day on already.", "该日起已有汇率。"),
    "SAME_CURRENCY": ("{value} is worth itself.", "{value} 与自身无需汇率。"),
    "TITLE_LENGTH": ("A title has 1 to {most} characters.", "标题为 1 至 {most} 个字符。"),
    "FRACTION_MALFORMED": ("{value} is no number and no fraction like 1/1000.", "{value} 不是数字，也不是 1/1000 这样的分数。"),
    "ITEMS_RANGE": ("There must be 1 to {most} items, not {found}.", "项目数须为 1 至 {most}，当前为 {found}。"),
    "NO_VIEW_THERE": ("The customer has no view of sales area {area}.", "该客户没有销售范围 {area} 的视图。"),
    "NOT_SOLD_THERE": ("Material {value} is not sold in sales area {area}.", "物料 {value} 不在销售范围 {area} 销售。"),
    "NO_PROCEDURE": (
        "No pricing procedure is determined for {area}, document procedure {document}, customer procedure {customer}.",
        "未为 {area}、单据定价过程 {document}、客户定价过程 {customer} 确定定价过程。",
    ),
    "MATERIAL_EXISTS": ("There is a material {value} already.", "物料 {value} 已存在。"),
    "MATERIAL_MEASURE": ("{value} is out of range.", "{value} 超出范围。"),
    "MATERIAL_UNITS": ("{found} further units are too many: at most {most}.", "其他单位有 {found} 个，最多 {most} 个。"),
    "MEASURE_UNIT": ("{value} is no unit of {dimension}.", "{value} 不是 {dimension} 的单位。"),
    "NET_ABOVE_GROSS": ("The net weight is above the gross weight.", "净重大于毛重。"),
    "UNIT_TWICE": ("The unit {value} is named twice.", "单位 {value} 重复。"),
    "CODE_UNKNOWN": ("There is no {value} here.", "此处不存在 {value}。"),
    "INCOTERMS_UNKNOWN": ("{value} is no rule of Incoterms 2020: {known}.", "{value} 不是 Incoterms 2020 术语：{known}。"),
    "COMMISSION_OF_AGENTS": (
        "Commission is agreed with agents; this is {type}.",
        "只能与代理商约定佣金，该客户类型为 {type}。",
    ),
    "COMMISSION_HALF": ("Commission needs both its rate and its basis.", "佣金必须同时给出比例和计算基础。"),
    "COMMISSION_RATE": ("The rate must be more than 0 and at most {most}.", "佣金比例必须大于 0 且不超过 {most}。"),
    "COMMISSION_PLACES": ("The rate has at most two places.", "佣金比例最多两位小数。"),
    "SPECIAL_INVOICE_LACKS": (
        "A special VAT invoice needs tax number, registered address and telephone.",
        "专用发票需要税号、注册地址和电话。",
    ),
    "SPECIAL_INVOICE_TAXPAYER": (
        "Only registered taxpayers are given special VAT invoices.",
        "只有登记的纳税人才能取得专用发票。",
    ),
    "NO_SUCH_COMPANY_VIEW": (
        "The customer has no view of company code {value} that you may see.",
        "该客户没有您可见的公司代码 {value} 视图。",
    ),
    "NOT_FLAGGED": ("Flag the customer for deletion first.", "请先设置删除标记。"),
    "PARTNER_ELSEWHERE": ("Other customers still name it as a partner.", "其他客户仍将其作为合作伙伴。"),
    "HEAD_OF_OTHERS": ("Other customers still belong to it.", "仍有其他客户隶属于它。"),
    "CREDIT_OF_OTHERS": ("Others' documents count on its credit account.", "其他客户的单据计入其信用账户。"),
    "PROPOSALS_PENDING": ("Something about it still waits to be decided.", "仍有与其相关的事项待处理。"),
    "RELATION_CIRCLE": ("That would close a circle.", "这会形成循环隶属关系。"),
    "RELATION_TYPE": ("A customer of type {type} cannot be this.", "{type} 类型的客户不能担任此角色。"),
    "RELATION_DEPTH": ("A hierarchy has at most {most} levels.", "层级最多 {most} 级。"),
    "FUNCTION_NOT_ALLOWED": ("The function {function} is not allowed here.", "此处不允许使用合作伙伴功能 {function}。"),
    "FUNCTION_MISSING": ("The function {function} is mandatory.", "合作伙伴功能 {function} 为必填。"),
    "FUNCTION_UNIQUE": ("Only one partner can be {function}.", "合作伙伴功能 {function} 只能有一个。"),
    "FUNCTION_FIXED": ("The partner of {function} cannot be changed.", "合作伙伴功能 {function} 不能更改。"),
    "PARTNER_TYPE": ("A customer of type {type} cannot be {function}.", "{type} 类型的客户不能担任 {function}。"),
    "PARTNER_TWICE": ("The same customer is {function} twice.", "同一客户重复担任 {function}。"),
    # pricing: customizing
    "STEP_NUMBER": (
        "Step {step}, counter {counter}: steps begin at 1, counters at 0.",
        "步骤 {step} 计数器 {counter}：步骤从 1 开始，计数器从 0 开始。",
    ),
    "STEP_TWICE": ("Step {step} with counter {counter} stands twice in the procedure.", "步骤 {step} 计数器 {counter} 重复。"),
    "CONDITION_TYPE_UNKNOWN": ("Step {step}: there is no condition type {value}.", "步骤 {step}：不存在条件类型 {value}。"),
    "FROM_STEP_LATER": (
        "Step {step} cannot refer to step {value}, which is not before it.",
        "步骤 {step} 不能参考不在其之前的步骤 {value}。",
    ),
    "FROM_STEP_UNKNOWN": (
        "Step {step} refers to step {value}, which does not exist.",
        "步骤 {step} 参考的步骤 {value} 不存在。",
    ),
    "TO_STEP": (
        "Step {step}: the to-step {value} must lie between its from-step and itself.",
        "步骤 {step}：截止步骤 {value} 必须介于起始步骤与本步骤之间。",
    ),
    "SUBTOTAL_LATER": (
        "Step {step} reads the subtotal {value}, which no step before it keeps.",
        "步骤 {step} 使用小计 {value}，但之前没有步骤保存该小计。",
    ),
    "BASES_CIRCLE": ("The bases of these steps need each other: {steps}.", "以下步骤的基础值互相依赖：{steps}。"),
    "FORMULA_MISSING": (
        "Step {step}: condition type {value} is calculated by a formula, and the step names none.",
        "步骤 {step}：条件类型 {value} 按公式计算，但该步骤未指定公式。",
    ),
    "FORMULA_UNKNOWN": (
        "{where}: there is no formula {value}; there are: {known}.",
        "{where}：不存在公式 {value}，可用：{known}。",
    ),
    "ACCESS_SEQUENCE_UNKNOWN": ("{type}: there is no access sequence {value}.", "{type}：不存在存取顺序 {value}。"),
    "CONDITION_TABLE_UNKNOWN": ("{where}: there is no condition table {value}.", "{where}：不存在条件表 {value}。"),
    "ACCESS_TWICE": ("The access {value} stands twice in {type}.", "{type} 中存取 {value} 重复。"),
    "TABLE_FIELDS": ("Table {value} needs fields, each once.", "条件表 {value} 需要字段，且不得重复。"),
    "EXCLUSION_GROUP_UNKNOWN": ("There is no exclusion group {value}.", "不存在排除组 {value}。"),
    "EXCLUSION_GROUPS": (
        "C, D and F compare two groups, all other procedures work on one: {value}.",
        "C、D、F 比较两个组，其他排除过程只使用一个组：{value}。",
    ),
    "EXCHANGE_RATE_RANGE": ("The rate from {from} to {to} must be more than 0.", "{from} 至 {to} 的汇率必须大于 0。"),
    "UNIT_RANGE": (
        "The factor of unit {value} must be more than 0, its places at least 0.",
        "单位 {value} 的换算系数必须大于 0，小数位不得为负。",
    ),
    "ROUNDING_UNIT": ("What {value} is rounded to must be more than 0.", "{value} 的舍入单位必须大于 0。"),
    "INTERVAL_EXCLUDES": (
        "{what}: an interval scale goes with no group condition, supplement, limit or manual change.",
        "{what}：间隔等级不能与组条件、附加条件、限额或手工修改并用。",
    ),
    "LIMITS_REVERSED": ("{what}: the upper limit lies below the lower one.", "{what}：上限低于下限。"),
    "EXPRESSION_TOO_LARGE": (
        "{where}: the expression is longer or deeper than {most}.",
        "{where}：表达式的长度或层数超过 {most}。",
    ),
    "EXPRESSION_MALFORMED": ("{where}: the expression breaks off at word {place}.", "{where}：表达式在第 {place} 个词处有误。"),
    "EXPRESSION_NAME": (
        "{where}: there is no input {value}; there are: {known}.",
        "{where}：不存在输入项 {value}，可用：{known}。",
    ),
    "EXPRESSION_KIND": (
        "{where}: a {expected} is needed before word {place}, not a {found}.",
        "{where}：第 {place} 个词之前需要 {expected}，而不是 {found}。",
    ),
    "EXPRESSION_ARGUMENTS": ("{where}: {value} does not take {found} arguments.", "{where}：{value} 不接受 {found} 个参数。"),
    "EXPRESSION_DIVIDES_BY_ZERO": ("{where}: the formula divides by zero.", "{where}：公式除以零。"),
    "EXPRESSION_INPUT_EMPTY": (
        "{where}: the formula needs {value}, which has no value.",
        "{where}：公式所需的 {value} 没有值。",
    ),
    "EXPRESSION_TOO_BIG": ("{where}: the formula leads to a figure beyond all bounds.", "{where}：公式结果超出范围。"),
    # pricing: records
    "RECORD_OF_NOTHING": (
        "There is no condition type {type}, or no condition table {table}.",
        "不存在条件类型 {type} 或条件表 {table}。",
    ),
    "RECORD_KEY": (
        "Record {record}: a key of table {table} needs a value for each of: {fields}.",
        "记录 {record}：条件表 {table} 的每个字段都需要值：{fields}。",
    ),
    "RECORDS_OVERLAP": (
        "{type}: the records {record} and {other} are valid on the same days for the same key.",
        "{type}：记录 {record} 与 {other} 的关键字相同且有效期重叠。",
    ),
    "PERCENT_RANGE": (
        "{type} {record}: a percentage of {value} cannot be; at least -100 and at most 1000 are allowed.",
        "{type} {record}：百分比 {value} 无效，允许 -100 至 1000。",
    ),
    "RATE_RANGE": ("{type} {record}: {value} is no amount.", "{type} {record}：{value} 不是有效金额。"),
    "RATE_SIGN": (
        "{type} {record}: {value} has the wrong sign for this type.",
        "{type} {record}：{value} 的正负号不符合该类型。",
    ),
    "PER_RANGE": (
        "{type} {record}: a price is per more than 0, not {value}.",
        "{type} {record}：定价单位必须大于 0，不能是 {value}。",
    ),
    "CURRENCY_MALFORMED": ("{value} is no currency that can stand here.", "{value} 不是此处可用的货币。"),
    "SCALE_LEVELS": (
        "Record {record}: a scale has 1 to {most} levels, not {found}.",
        "记录 {record}：等级须有 1 至 {most} 层，当前为 {found} 层。",
    ),
    "SCALE_BOUND": (
        "Record {record}: each level of a from-scale begins somewhere, each other ends somewhere.",
        "记录 {record}：起始等级的每层须有起始值，其他等级的每层须有截止值。",
    ),
    "SCALE_DESCENDS": (
        "Record {record}: the level {level} is not above the one before it.",
        "记录 {record}：等级 {level} 不大于前一级。",
    ),
    "SUPPLEMENT_TYPE": ("Record {record}: {value} cannot be a supplement.", "记录 {record}：{value} 不能作为附加条件。"),
    "MAXIMUM_RANGE": (
        "Record {record}: a maximum is more than 0, not {value}.",
        "记录 {record}：最大值必须大于 0，不能是 {value}。",
    ),
    "RATE_OUTSIDE_LIMITS": (
        "{type}: {value} is outside of the limits for manual change, {lower} to {upper}.",
        "{type}：{value} 超出手工修改限额 {lower} 至 {upper}。",
    ),
    # pricing: documents
    "LINE_TWICE": ("Line {line} stands twice in the document.", "行 {line} 重复。"),
    "QUANTITY_RANGE": ("Line {line}: a quantity of {value} cannot be priced.", "行 {line}：数量 {value} 无法定价。"),
    "QUANTITY_PLACES": (
        "Line {line}: {value} {unit} has more than {most} decimal places.",
        "行 {line}：{value} {unit} 的小数位超过 {most} 位。",
    ),
    "FREE_QUANTITY_RANGE": (
        "Line {line}: the free quantity {value} is not a part of the quantity.",
        "行 {line}：赠品数量 {value} 不在订购数量之内。",
    ),
    "MEASURE_RANGE": ("Line {line}: {value} is no weight, volume or cost.", "行 {line}：{value} 不是有效的重量、体积或成本。"),
    "MEASURE_MISSING": (
        "Line {line}: the material has no {value}, which record {record} needs.",
        "行 {line}：物料缺少 {value}，而记录 {record} 需要它。",
    ),
    "UNIT_NOT_CONVERTED": (
        "Line {line}: nothing converts {from} to {to} (record {record}).",
        "行 {line}：无法将 {from} 换算为 {to}（记录 {record}）。",
    ),
    "EXCHANGE_RATE_MISSING": (
        "Line {line}: there is no exchange rate from {from} to {to} on {day} (record {record}).",
        "行 {line}：{day} 没有 {from} 至 {to} 的汇率（记录 {record}）。",
    ),
    "TYPE_NOT_IN_PROCEDURE": (
        "Condition type {type} does not stand in the procedure {procedure}.",
        "条件类型 {type} 不在定价过程 {procedure} 中。",
    ),
    "MANUAL_FORBIDDEN": ("{type} is not entered by hand.", "{type} 不允许手工输入。"),
    "MANUAL_LEVEL": ("{type} does not stand at this level.", "{type} 不能在此层级输入。"),
    "HEADER_WITHOUT_BASE": (
        "Step {step}: {type} of {value} finds no base to be distributed by.",
        "步骤 {step}：{type}（{value}）没有可供分摊的基础值。",
    ),
    "CONDITION_MISSING": (
        "Line {line}: the required condition {type} of step {step} was not found.",
        "行 {line}：未找到步骤 {step} 的必需条件 {type}。",
    ),
    "CONDITION_WITHOUT_RATE": (
        "Line {line}: {type} in step {step} has no scale level or no base that holds for it.",
        "行 {line}：步骤 {step} 的 {type} 没有适用的等级或基础值。",
    ),
    "VAT_LINE_TAX": (
        "Line {line}: its tax differs by {found} from amount times rate, more than {most}.",
        "行 {line}：税额与金额乘税率相差 {found}，超过 {most}。",
    ),
    "VAT_LINE_AMOUNT": (
        "Line {line}: its amount differs by {found} from price times quantity, more than {most}.",
        "行 {line}：金额与单价乘数量相差 {found}，超过 {most}。",
    ),
    "VAT_INVOICE_TAX": (
        "The differences of tax sum to {found} over the invoice, more than {most}.",
        "发票税额误差合计 {found}，超过 {most}。",
    ),
    "FREE_GOODS_PER": ("Free goods come per more than 0, not {value}.", "赠品基准数量必须大于 0，不能是 {value}。"),
    "FREE_GOODS_FREE": ("The free quantity is more than 0, not {value}.", "赠品数量必须大于 0，不能是 {value}。"),
    "FREE_GOODS_MINIMUM": ("The minimum is at least 0, not {value}.", "最小数量不得为负：{value}。"),
    "FREE_GOODS_ALL": ("{value} free is more than what is ordered.", "赠品数量 {value} 超过订购数量。"),
    "FREE_GOODS_OTHER": (
        "Another material, or another unit, comes free only on top of what is ordered.",
        "只有外加赠品可以是其他物料或其他单位。",
    ),
    "FREE_GOODS_NEEDED": ("A record of {type} says what comes free.", "{type} 的记录必须说明赠品规则。"),
    "FREE_GOODS_MISPLACED": (
        "Records of {type} have a rate; nothing comes free by them.",
        "{type} 的记录是费率，不能含赠品规则。",
    ),
    "NOT_OF_FREE_GOODS": ("A record of {type} says what comes free, and nothing like this.", "{type} 是赠品记录，不能有此项。"),
    "FREE_ITEM_FOLLOWS": (
        "Line {line} comes free with line {other}: change the quantity of that one.",
        "行 {line} 是行 {other} 的赠品：请修改行 {other} 的数量。",
    ),
    # documents: quantities
    "QUANTITY_OUT_OF_RANGE": ("{value} is no quantity that can stand here.", "{value} 不是此处可用的数量。"),
    "QUANTITY_UNIT": ("Nothing converts {unit} to {other} here.", "此处无法将 {unit} 换算为 {other}。"),
    "QUANTITY_DECIMALS": (
        "{value} {unit} has more than {most} decimal places.",
        "{value} {unit} 的小数位超过 {most} 位。",
    ),
    "REJECTED_NOTHING": ("Line {line}: nothing of it is left to be rejected.", "行 {line}：没有可拒绝的数量。"),
    "ORDERED_BELOW_DONE": (
        "Line {line}: {value} is less than the {least} that is delivered, billed, referenced or rejected.",
        "行 {line}：{value} 小于已交货、开票、参照或拒绝的 {least}。",
    ),
    "DELIVERED_BEYOND_ORDER": (
        "Line {line}: {value} cannot be delivered; at most {most} is open, tolerance included.",
        "行 {line}：无法交货 {value}，未清数量（含容差）最多 {most}。",
    ),
    "CALLED_BEYOND_QUANTITY": (
        "Line {line}: the contract gives {most} more, not {value}.",
        "行 {line}：合同数量剩余 {most}，不足 {value}。",
    ),
    "CALLED_BEYOND_VALUE": (
        "Line {line}: the contract gives a value of {most} more, not {value}.",
        "行 {line}：合同金额剩余 {most}，不足 {value}。",
    ),
    # documents: entry
    "NUMBER_RANGE_EXHAUSTED": ("The number range {value} has no numbers left.", "编号范围 {value} 已用尽。"),
    "CUSTOMER_NOT_APPROVED": (
        "Customer {number} is not approved, or a mandatory document of theirs has expired.",
        "客户 {number} 未通过准入，或其必需资质文件已过期。",
    ),
    "CUSTOMER_BLOCKED": ("Customer {number} is blocked for this.", "客户 {number} 已被冻结此项业务。"),
    "CUSTOMER_DELETED": ("Customer {number} is flagged for deletion.", "客户 {number} 已设置删除标记。"),
    "PARTNER_NOT_OF_CUSTOMER": (
        "{number} is not among the {function} partners of the customer in this sales area.",
        "{number} 不是该客户在此销售范围内的 {function} 合作伙伴。",
    ),
    "PARTNER_TO_BE_CHOSEN": (
        "The customer has several {function} partners here: choose one.",
        "该客户在此有多个 {function} 合作伙伴，请选择一个。",
    ),
    "VALIDITY_NEEDED": ("Such a document needs its last day.", "此类单据需要有效期截止日。"),
    "VALIDITY_OVER": ("{day} is over.", "{day} 已经过去。"),
    "REFERENCE_NEEDED": ("Such a document is entered with reference to another.", "此类单据须参照其他单据创建。"),
    # documents: billing, payment, clearing
    "PAYMENT_AMOUNT": ("{value} is no amount that can be paid.", "{value} 不是可支付的金额。"),
    "PAYMENT_DECIMALS": ("{value} has more decimal places than {currency}.", "{value} 的小数位超过 {currency} 的最小单位。"),
    "PAYMENT_ACCOUNT": ("{method} needs a bank account of the payer.", "付款方式 {method} 需要付款方的银行账户。"),
    "PAYMENT_REFERENCE": ("{method} needs a reference.", "付款方式 {method} 需要参考号。"),
    "PAYMENT_FUTURE": ("{day} is still to come.", "{day} 尚未到来。"),
    "PAYMENT_RATE": (
        "There is no exchange rate from {currency} to {other} on {day}.",
        "{day} 没有 {currency} 至 {other} 的汇率。",
    ),
    "BILLING_BLOCKED": ("Line {line} is blocked for billing.", "行 {line} 已冻结开票。"),
    "BILLING_INCOMPLETE": ("Line {line} lacks something that billing needs.", "行 {line} 缺少开票所需的信息。"),
    "BILLING_UNAPPROVED": ("Line {line} waits for an approval.", "行 {line} 尚待审批。"),
    "BILLING_TAX": ("Line {line}: there is no rate of {type} on {day}.", "行 {line}：{day} 没有 {type} 税率。"),
    "BILLING_BEFORE_GOODS_ISSUE": (
        "Line {line}: {value} cannot be billed before it leaves the plant; {most} is due.",
        "行 {line}：发货过账前不能开票 {value}，到期数量为 {most}。",
    ),
    "BILLED_BEYOND_DUE": (
        "Line {line}: {value} is more than the {most} that is due.",
        "行 {line}：{value} 超过到期数量 {most}。",
    ),
    "BILLED_NOTHING": ("Line {line}: there is nothing to be billed.", "行 {line}：没有可开票的数量。"),
    "CANCEL_NOT_POSTED": ("A document of category {category} is not cancelled.", "{category} 类凭证不能冲销。"),
    "CANCELLED_ALREADY": ("The document is cancelled already.", "该凭证已冲销。"),
    "CANCEL_CLEARED": (
        "The document is paid or cleared: reset the clearing first.",
        "该凭证已收款或清账，请先重置清账。",
    ),
    "CANCEL_CREDITED": (
        "A credit or debit memo refers to the document: cancel that first.",
        "已有贷项或借项凭证参照该凭证，请先冲销。",
    ),
    "TERMS_PERIODS": ("Payment terms have 1 to {most} periods.", "付款条件须有 1 至 {most} 个期间。"),
    "TERMS_PERIOD": ("{code}: days, fixed days or months are out of range.", "{code}：天数、固定日或月数超出范围。"),
    "TERMS_ORDER": ("{code}: a period ends before the one before it.", "{code}：期间早于前一期间结束。"),
    "TERMS_PERCENT": (
        "{code}: the percentages of discount are at least 0, below 100, and no later one is higher.",
        "{code}：折扣百分比须大于等于 0 且小于 100，并逐期不增。",
    ),
    "TERMS_INSTALMENTS": (
        "{code}: instalments ask for more than nothing, and the last takes the remainder or makes up 100 %.",
        "{code}：每期分期须大于零，最后一期取余额或合计为 100%。",
    ),
    "CLEARING_CLOSED": ("{document} is cleared already.", "{document} 已清账。"),
    "CLEARING_PAYER": ("{document} is of another payer.", "{document} 属于其他付款方。"),
    "CLEARING_CURRENCY": ("{document} is in another currency.", "{document} 的货币不同。"),
    "CLEARING_BLOCKED": ("{document} is blocked for payment.", "{document} 已冻结收款。"),
    "CLEARING_BEYOND_OPEN": (
        "{document}: {value} cannot be cleared; {most} is open.",
        "{document}：无法清账 {value}，未清金额为 {most}。",
    ),
    "RESET_UNAPPROVED": (
        "The payment waits for an approval, or was refused: it has moved nothing.",
        "该收款尚待审批或已被拒绝，未产生任何清账。",
    ),
    "PAYMENT_OUTDATED": (
        "What the payment would settle has changed since it was entered: refuse it, and enter it anew.",
        "该收款录入后其清账内容已变化：请拒绝后重新录入。",
    ),
    "RESET_ALREADY": ("The clearing was reset already.", "该清账已重置。"),
    "RESET_RESIDUAL_USED": ("The residual item is cleared itself: reset that first.", "剩余项目已清账，请先重置。"),
    "RESET_ON_ACCOUNT_USED": (
        "What stayed on account is used already: reset that first.",
        "账上余款已使用，请先重置。",
    ),
    # documents: types, item categories, copy control
    "CONTENT_MALFORMED": ("The file is not written as TOML: {why}.", "文件不是有效的 TOML：{why}。"),
    "CONTENT_KEY": ("There is no {value} here; there are: {known}.", "此处没有 {value}，可用：{known}。"),
    "CONTENT_MISSING": ("{value} is needed here.", "此处缺少 {value}。"),
    "CONTENT_VALUE": ("{value} cannot stand here; it must be: {known}.", "{value} 在此无效，应为：{known}。"),
    "CONTENT_UNKNOWN": ("There is no {value}.", "不存在 {value}。"),
    "CONTENT_TWICE": ("{value} is there twice.", "{value} 重复。"),
    "CONTENT_RANGE": ("{value} is out of range.", "{value} 超出范围。"),
    "CONTENT_RANGES_MEET": ("Its numbers are those of {value} too.", "其编号与 {value} 重叠。"),
    "CONTENT_CATEGORY": ("A type of {value} cannot stand here.", "此处不能使用 {value} 类别的类型。"),
    "CONTENT_CONFIRMED": ("{value} confirms what never leaves the plant.", "{value} 对不发货的项目进行了可用性确认。"),
    "CONTENT_BILLED_BY": ("{value} is billed by deliveries that it has not.", "{value} 按交货开票，但没有交货。"),
    "CONTENT_BY_VALUE": ("{value} is agreed for a value and never referenced.", "{value} 按金额约定，但不可被参照。"),
    "CONTENT_FOLLOWS": ("{value} can never follow {after}.", "{value} 不能跟随 {after}。"),
    "CONTENT_EFFECT": (
        "What enters the sum {effect} cannot be taken as {value}.",
        "计入 {effect} 的数量不能按 {value} 复制。",
    ),
    "CONTENT_ITEM_TARGET": ("Only sales documents give {value} another category.", "只有销售单据才能更改 {value} 的项目类别。"),
    "CONTENT_BLOCKS_NOTHING": ("The lack of {value} blocks nothing.", "缺少 {value} 不产生任何冻结。"),
    "CONTENT_LEVELS": (
        "{value} needs levels in the order of their values, each of a role of its own.",
        "{value} 需要按金额升序排列的审批级别，且角色不得重复。",
    ),
    "ITEM_CATEGORY_NONE": ("Line {line}: such an item cannot stand in such a document.", "行 {line}：该类单据不能包含此项目。"),
    "ITEM_CATEGORY_NOT_ALLOWED": ("Line {line}: the item cannot be {value}.", "行 {line}：项目类别不能为 {value}。"),
    "REFERENCE_NOT_ALLOWED": ("{target} does not follow documents such as {number}.", "{target} 不能参照 {number} 这类单据。"),
    "REFERENCE_INCOMPLETE": ("{number} is incomplete and cannot be referenced.", "{number} 不完整，不能参照。"),
    "REFERENCE_UNAPPROVED": ("{number} is not approved.", "{number} 尚未审批。"),
    "REFERENCE_OVER": ("{number} was valid only to {day}.", "{number} 的有效期截至 {day}。"),
    "REFERENCE_CANCELLED": ("{number} is cancelled.", "{number} 已取消。"),
    "COPY_NOTHING": ("Nothing of it is left to be copied.", "没有可复制的内容。"),
    "COPY_LINE": ("Line {line} is not there, or is not copied.", "行 {line} 不存在或不可复制。"),
    "COPY_BEYOND": ("Line {line}: {value} cannot be had; {most} is left.", "行 {line}：无法取得 {value}，剩余 {most}。"),
    "COPY_IN_PART": ("Line {line} is copied whole: all {most} that is left.", "行 {line} 只能整体复制：剩余 {most}。"),
    # documents: incompletion, approvals, deliveries
    "FIELD_MISSING": ("{field} is missing: {title}.", "缺少 {field}：{title}。"),
    "FIELD_MISSING_IN_LINE": ("Line {line}: {field} is missing: {title}.", "行 {line}：缺少 {field}：{title}。"),
    "APPROVAL_NOT_PENDING": ("No approval is waited for: the status is {status}.", "当前无待审批事项，状态为 {status}。"),
    "APPROVAL_OWN": ("You entered or changed it: somebody else approves.", "该单据由您录入或更改，须由他人审批。"),
    "ADVANCE_LACKING": (
        "{number} is delivered once {value} {currency} more of it were collected.",
        "订单 {number} 需再预收 {value} {currency} 后方可交货。",
    ),
    "DAY_RANGE": ("{value} is too far away.", "日期 {value} 过远。"),
    "APPROVAL_ROLE": (
        "Level {level} is decided by the role {role}, which you have not there.",
        "第 {level} 级由角色 {role} 审批，您在该范围没有此角色。",
    ),
    "APPROVAL_BY_HOUSE": ("It waits for a decision of the house, not for yours.", "当前须由销售方审批，无需您审批。"),
    "APPROVAL_TWICE": ("You approved it at another level already.", "您已在其他级别审批过。"),
    "PICKED_RETURN": ("Line {line} is a return: nothing is picked.", "行 {line} 为退货，无需拣配。"),
    "PICKED_BEYOND_DELIVERY": (
        "Line {line}: {value} cannot be picked; the delivery holds {most}.",
        "行 {line}：无法拣配 {value}，交货数量为 {most}。",
    ),
    "GOODS_ISSUE_POSTED": ("Goods issue is posted already.", "已发货过账。"),
    "GOODS_ISSUE_NOT_POSTED": ("Goods issue is not posted.", "尚未发货过账。"),
    "GOODS_ISSUE_BILLED": ("It is billed already: cancel the invoice first.", "已开票，请先冲销发票。"),
    "GOODS_ISSUE_RETURNED": ("A return refers to it: reject that first.", "已有退货单参照，请先拒绝该退货单。"),
    "DELIVERY_EMPTY": ("The delivery holds nothing.", "交货单没有数量。"),
    "DELIVERY_BLOCKED": ("The delivery is blocked.", "交货已冻结。"),
    "DELIVERY_INCOMPLETE": ("The delivery lacks something that it needs.", "交货单缺少所需的信息。"),
    "DELIVERY_UNAPPROVED": ("An approval is waited for, or was refused.", "尚待审批，或审批已被拒绝。"),
    "DELIVERY_CREDIT_BLOCKED": ("The delivery is blocked for credit.", "交货因信用已冻结。"),
    "NOT_PICKED": ("Line {line}: {picked} of {value} is picked.", "行 {line}：{value} 中已拣配 {picked}。"),
    "STOCK_LACKING": ("Line {line}: {value} is more than the {stock} in stock.", "行 {line}：{value} 超过库存 {stock}。"),
    # credit
    "CREDIT_PASSED": ("Passed.", "通过。"),
    "CREDIT_UNTOLD": ("Your credit does not allow it at the moment.", "当前信用情况不允许。"),
    "CREDIT_NO_LIMIT": ("No credit limit is set for the customer.", "该客户尚未设定信用额度。"),
    "CREDIT_STATIC_EXCEEDED": (
        "The credit limit would be exceeded by {exceededBy} {currency}.",
        "将超出信用额度 {exceededBy} {currency}。",
    ),
    "CREDIT_DYNAMIC_EXCEEDED": (
        "With what ships soon, the credit limit would be exceeded by {exceededBy} {currency}.",
        "计入近期发货后，将超出信用额度 {exceededBy} {currency}。",
    ),
    "CREDIT_MAXIMUM_EXCEEDED": (
        "The order comes to {value} {currency}; at most {most} {currency} go through unchecked.",
        "订单金额 {value} {currency}，超过单笔上限 {most} {currency}。",
    ),
    "CREDIT_FIELDS_CHANGED": (
        "It says otherwise than the customer's master data: {fields}.",
        "与客户主数据不一致：{fields}。",
    ),
    "CREDIT_REVIEW_DUE": ("The customer's credit was to be reviewed by {due}.", "该客户的信用应于 {due} 前复审。"),
    "CREDIT_OVERDUE": (
        "{percent} % of what the customer owes is overdue by more than {days} days.",
        "客户欠款中 {percent}% 逾期超过 {days} 天。",
    ),
    "CREDIT_OLDEST_ITEM": (
        "The customer's oldest invoice is overdue by {days} days; {most} are allowed.",
        "客户最早的发票已逾期 {days} 天，允许 {most} 天。",
    ),
    "CREDIT_DUNNING": ("The customer was reminded up to level {level}.", "该客户催款级别已达 {level}。"),
    "CREDIT_ACCOUNT_BLOCKED": ("The customer's credit account is blocked.", "该客户的信用账户已冻结。"),
    "CREDIT_STOPPED": ("Order {number} waits for the credit desk.", "订单 {number} 待信用部门处理。"),
    "CREDIT_BEYOND_RELEASE": (
        "Line {line}: {value} is more than the {most} that the credit desk released.",
        "行 {line}：{value} 超过信用部门释放的 {most}。",
    ),
    "CREDIT_NOT_BLOCKED": ("Credit does not stop this order.", "该订单未被信用冻结。"),
    "CREDIT_OWN_DOCUMENT": ("Nobody releases an order of their own.", "不能释放自己的订单。"),
    "CREDIT_PARTIAL_RANGE": ("{value} must be above 0 and at most {most}.", "{value} 必须大于 0 且不超过 {most}。"),
    "CREDIT_NOTHING_OPEN": ("Nothing of the order is open.", "该订单没有未完成的内容。"),
    "CREDIT_AMOUNT_RANGE": ("{value} is out of range.", "{value} 超出范围。"),
    "CREDIT_PERIOD": ("It ends on {validTo}, before it begins on {validFrom}.", "结束日 {validTo} 早于开始日 {validFrom}。"),
    "CREDIT_SCOPE": (
        "A grant for an order or an area names it, and no other does.",
        "仅针对订单或区域的授信须指明该订单或区域。",
    ),
    "CREDIT_DECIDED": ("It was decided on already.", "已经处理。"),
    "CREDIT_OWN_REQUEST": ("Nobody decides on what they asked for themselves.", "不能审批自己的申请。"),
    "CREDIT_HOLDER_MEMBER": ("That customer's documents count on another account.", "该客户的单据计入其他信用账户。"),
    "CREDIT_HOLDER_OF_OTHERS": (
        "Other customers' documents count on this customer's account.",
        "其他客户的单据计入该客户的信用账户。",
    ),
    "CREDIT_CHECKS_MALFORMED": ("The checks must be a JSON list of objects.", "检查规则必须是 JSON 对象列表。"),
    # proposals
    "FOREIGN_PROPOSAL": ("Only who made a proposal takes it back.", "只有申请人本人可以撤回。"),
    "PROPOSAL_PENDING": ("A proposal about it waits for a decision already.", "已有一项待处理的申请。"),
    "ACCOUNT_EXISTS": ("The customer has this account already.", "该客户已有此账户。"),
    "PROPOSAL_OUTDATED": ("Changed since the proposal was made: {fields}.", "申请提交后已有变更：{fields}。"),
    "ACTION_NAMES": (
        "{action} names what is there already; only ADD names nothing.",
        "{action} 须指明已有对象；仅 ADD 不指明。",
    ),
    "OF_ANOTHER_CUSTOMER": ("It belongs to another customer.", "它属于另一客户。"),
    # why somebody may not
    "MISS_LOCKED": ("The user is locked.", "该用户已被锁定。"),
    "MISS_NOT_VALID": ("The user has not begun yet, or has ended.", "该用户尚未生效或已失效。"),
    "MISS_CLOSED": (
        "The record is closed: it is read, and no longer changed by anybody.",
        "该记录已关闭：只能查看，任何人都不能再更改。",
    ),
    "MISS_ACTIVITY": (
        "Role {role} in {areas} has {has} on it, not {activity}.",
        "角色 {role}（{areas}）对其拥有 {has}，但没有 {activity}。",
    ),
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
        "The answer may cost {found} fields, each count and each order by several fields taken for many; at most {most} are"
        " allowed. Ask for smaller pages, fewer fields or fewer counts.",
        "结果成本可能达 {found} 个字段（每个计数和每个多字段排序按多个字段计），最多 {most} 个。请减小分页、减少字段或计数。",
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
