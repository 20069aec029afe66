"""Make the demo company, once."""

from collections.abc import Callable

from tortoise.transactions import in_transaction

from api.auth.policy_edit import install_standard
from api.demo import company, credit, customers, documents, prices, relations, stock, users
from api.settings import settings
from models.organization import SalesOrganization

Step = Callable[[], None]


async def is_seeded() -> bool:
    """Whether there is a company already, this one or a real one."""
    return await SalesOrganization.exists()


async def seed(password: str, progress: Step) -> bool:
    """Make the company, all or nothing, and let it trade; False if there is one already.

    `progress` is called `steps()` times.
    """
    await install_standard()
    async with in_transaction():
        if await is_seeded():
            return False
        await company.make_structure()
        progress()
        bindings = await customers.make_customers(progress)
        await users.make_users(password, bindings)
        progress()
        await relations.make_relations(bindings)
        progress()
        await prices.make_prices(bindings)
        progress()
        await stock.make_stock()
        progress()
        await credit.make_credit()
        progress()
    await documents.make_documents(settings().demo_orders, progress)
    return True


def steps() -> int:
    """How often `seed` reports progress."""
    return customers.count() + 6 + settings().demo_orders
