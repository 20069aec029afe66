"""The demo sign-ins, one per standard role and organization, and partners of each kind."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from api.auth import policy_store
from api.auth.passwords import hash_of
from api.auth.policy_edit import SYSTEM, Edit, edit_policy
from api.auth.users import create_user
from domain.activity import Activity
from domain.areas import pattern_of
from domain.caller import UserKind
from domain.policy import Assignment
from domain.policy_change import PolicyChangeStatus
from domain.policy_operations import Operation, PolicyOperationKind, to_json
from models.policy import PolicyChange


@dataclass(frozen=True, slots=True)
class DemoUser:
    """One sign-in: who, with which role, where; partners also for which customers."""

    username: str
    display_name: str
    role: str
    areas: tuple[str, ...]
    customers: str | None = None
    locale: str = "en"


EVERYWHERE = ("*/*/*",)
FIRST_MOMENT = datetime(2026, 1, 5, 1, 30, tzinfo=timezone.utc)
USERS = (
    DemoUser("admin", "Ada Admin", "security-administrator", EVERYWHERE),
    DemoUser("admin.2", "Bo Admin", "security-administrator", EVERYWHERE),
    DemoUser("local.1000", "Lu Jing 陆静", "local-administrator", ("1000/*/*",), locale="zh"),
    DemoUser("clerk.1000", "Chen Wei 陈伟", "sales-clerk", ("1000/*/*",), locale="zh"),
    DemoUser("clerk.2000", "Wang Fang 王芳", "sales-clerk", ("2000/*/*",), locale="zh"),
    DemoUser("clerk.3000", "Sam Tan", "sales-clerk", ("3000/*/*",)),
    DemoUser("manager.1000", "Zhao Min 赵敏", "sales-manager", ("1000/*/*",), locale="zh"),
    DemoUser("direct.1000", "Sun Lei 孙磊", "sales-clerk", ("1000/10/*",), locale="zh"),
    DemoUser("customer.admin", "Ma Lan 马兰", "customer-admin", EVERYWHERE, locale="zh"),
    DemoUser("price.admin", "Qian Yu 钱玉", "price-admin", EVERYWHERE, locale="zh"),
    DemoUser("credit.admin", "Li Na 李娜", "credit-admin", EVERYWHERE, locale="zh"),
    DemoUser("customer.approver", "He Ping 何平", "customer-approver", EVERYWHERE, locale="zh"),
    DemoUser("price.approver", "Gu Tao 顾涛", "price-approver", EVERYWHERE, locale="zh"),
    DemoUser("credit.1000", "Xu Jie 徐杰", "credit-controller", ("1000/*/*",), locale="zh"),
    DemoUser("credit.manager", "Carla Moreau", "credit-manager", EVERYWHERE),
    DemoUser("shipping.1000", "Wu Gang 吴刚", "shipping-clerk", ("1000/*/*",), locale="zh"),
    DemoUser("billing.1000", "Zhou Li 周丽", "billing-clerk", ("1000/*/*",), locale="zh"),
    DemoUser("cashier.1000", "Tang Hua 唐华", "cashier", ("1000/*/*",), locale="zh"),
    DemoUser("auditor", "Ingrid Holm", "auditor", EVERYWHERE),
    DemoUser("sod.officer", "Lin Yue 林悦", "sod-officer", EVERYWHERE, locale="zh"),
    DemoUser("dealer.a", "Dealer A 经销商甲", "dealer", ("1000/20/*",), "dealer.a", "zh"),
    DemoUser("dealer.b", "Dealer B 经销商乙", "dealer", ("1000/20/*",), "dealer.b", "zh"),
    DemoUser("agent.a", "Agent A 代理商甲", "agent", ("1000/30/*",), "agent.a", "zh"),
    DemoUser("buyer.a", "Buyer A 采购员甲", "partner-buyer", ("1000/10/*",), "buyer.a", "zh"),
    DemoUser("approver.a", "Approver A 审批人甲", "partner-approver", ("1000/10/*",), "buyer.a", "zh"),
    DemoUser("contract.1000", "Bai Xue 白雪", "contract-admin", ("1000/*/*",), locale="zh"),
    DemoUser("warehouse.1000", "Deng Kai 邓凯", "inventory-manager", ("1000/*/*",), locale="zh"),
)


async def make_users(password: str, bindings: dict[str, tuple[str, ...]]) -> None:
    """Store the demo users with one password, partners bound to the customers of these numbers, and assign their roles."""
    hashed = await hash_of(password)
    for user in USERS:
        await create_user(
            user.username,
            user.display_name,
            UserKind.PARTNER if user.customers else UserKind.EMPLOYEE,
            password_hash=hashed,
            locale=user.locale,
            home=pattern_of(user.areas[0]),
            customers=bindings[user.customers] if user.customers else (),
        )
    given = [Assignment(user.username, user.role, pattern_of(area)) for user in USERS for area in user.areas]

    async def assign(edit: Edit) -> None:
        await policy_store.store_assignments(edit.connection, edit.version, given)

    await _waiting(await edit_policy(SYSTEM, "demo sign-ins", assign))


async def _waiting(version: int) -> None:
    """What administrators have drafted: a help for a branch, waiting for a decision, and a rule of a standard role."""
    helping = Operation(
        kind=PolicyOperationKind.ASSIGN,
        user="direct.1000",
        role="shipping-clerk",
        sales_areas=("1000/10/*",),
        valid_until=FIRST_MOMENT + timedelta(days=365),
    )
    exporting = Operation(
        kind=PolicyOperationKind.ALLOW,
        role="account-manager",
        sales_areas=("*/*/*",),
        object="quotation",
        activities=(Activity.EXPORT,),
    )
    for by, reason, operation, status, area, needs_second in (
        ("local.1000", "仓库年底盘点期间支援发货", helping, PolicyChangeStatus.SUBMITTED, ("1000", "10", "*"), False),
        ("admin", "Account managers send quotations as files", exporting, PolicyChangeStatus.DRAFT, ("*", "*", "*"), True),
    ):
        await PolicyChange.create(
            reason=reason,
            operations=[to_json(operation)],
            status=status,
            submitted_by=by if status is PolicyChangeStatus.SUBMITTED else None,
            base_version=version,
            needs_second=needs_second,
            sales_organization=area[0],
            distribution_channel=area[1],
            division=area[2],
            created_by=by,
            created_at=FIRST_MOMENT,
            edited_by=[by],
        )
