"""The demo sign-ins, one per standard role and organization, and partners of each kind."""

from dataclasses import dataclass

from api.auth import policy_store
from api.auth.passwords import hash_of
from api.auth.policy_edit import SYSTEM, Edit, edit_policy
from api.auth.users import create_user
from domain.areas import pattern_of
from domain.caller import UserKind
from domain.policy import Assignment


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
    DemoUser("dealer.a", "Dealer A 经销商甲", "dealer", ("1000/20/*",), "dealer.a", "zh"),
    DemoUser("dealer.b", "Dealer B 经销商乙", "dealer", ("1000/20/*",), "dealer.b", "zh"),
    DemoUser("agent.a", "Agent A 代理商甲", "agent", ("1000/30/*",), "agent.a", "zh"),
    DemoUser("buyer.a", "Buyer A 采购员甲", "partner-buyer", ("1000/10/*",), "buyer.a", "zh"),
    DemoUser("approver.a", "Approver A 审批人甲", "partner-approver", ("1000/10/*",), "buyer.a", "zh"),
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
            customers=bindings[user.customers] if user.customers else (),
        )
    given = [Assignment(user.username, user.role, pattern_of(area)) for user in USERS for area in user.areas]

    async def assign(edit: Edit) -> None:
        await policy_store.store_assignments(edit.connection, edit.version, given)

    await edit_policy(SYSTEM, "demo sign-ins", assign)
