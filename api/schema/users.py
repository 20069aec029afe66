"""Users as administrators make, change, lock and unlock them."""

from datetime import date
from functools import partial
from typing import Annotated, Optional

import strawberry

from api.auth.passwords import initial_password
from api.resolvers import users as resolvers
from api.schema.base import INPUT, USER_ERRORS, VERSION, Carried, CommandInput, Info, UserError, carried_out
from api.schema.policy import User
from domain.caller import UserKind

NEW = strawberry.UNSET
USERNAME = "The user's name."
FIRST_DAY = "The first day on which they may sign in; null: since ever."
LAST_DAY = "The last day on which they may sign in; null: without end."
ONCE = (
    "A password for the first sign-in, which must set another. Shown this once: not kept, and not given again for the same"
    " idempotency key. Null for a machine, which has API keys."
)


@strawberry.input(description="A user to make.")
class CreateUserInput(CommandInput):
    username: str = strawberry.field(description="The name to sign in with: lower-case letters, digits, `.`, `_`, `-`.")
    display_name: str = strawberry.field(description="The name that people read.")
    kind: UserKind = strawberry.field(description="A colleague, somebody at a customer, or a machine.")
    customers: Optional[list[strawberry.ID]] = strawberry.field(
        default=NEW, description="The customers that a partner speaks for, of sales areas in which you make users."
    )
    locale: Optional[str] = strawberry.field(default=NEW, description="The language they read, `en` or `zh`.")
    home: Optional[str] = strawberry.field(
        default=NEW,
        description="Where they are administered until they have roles, e.g. `1000/*/*`; left out: where you make users.",
    )
    valid_from: Optional[date] = strawberry.field(default=NEW, description=FIRST_DAY)
    valid_to: Optional[date] = strawberry.field(default=NEW, description=LAST_DAY)


@strawberry.input(description="Changes of a user; what is left out stays as it is.")
class ChangeUserInput(CommandInput):
    username: str = strawberry.field(description=USERNAME)
    version: int = strawberry.field(description=VERSION)
    display_name: Optional[str] = strawberry.field(default=NEW, description="The new name that people read.")
    locale: Optional[str] = strawberry.field(default=NEW, description="The new language, `en` or `zh`.")
    customers: Optional[list[strawberry.ID]] = strawberry.field(
        default=NEW,
        description="All the customers that a partner speaks for from now on; further ones of sales areas in which you change"
        " users.",
    )
    home: Optional[str] = strawberry.field(
        default=NEW, description="Where they are administered as long as they have no roles, e.g. `1000/*/*`."
    )
    valid_from: Optional[date] = strawberry.field(default=NEW, description=FIRST_DAY)
    valid_to: Optional[date] = strawberry.field(default=NEW, description=LAST_DAY)


@strawberry.input(description="A user to lock out.")
class LockUserInput(CommandInput):
    username: str = strawberry.field(description=USERNAME)
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="A user to let in again.")
class UnlockUserInput(CommandInput):
    username: str = strawberry.field(description=USERNAME)


@strawberry.input(description="A user to give an initial password.")
class ResetPasswordInput(CommandInput):
    username: str = strawberry.field(description=USERNAME)


@strawberry.type(description="What became of `createUser`.")
class CreateUserPayload:
    user: Optional[User] = strawberry.field(description="The user.")
    initial_password: Optional[str] = strawberry.field(description=ONCE)
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `changeUser`.")
class ChangeUserPayload:
    user: Optional[User] = strawberry.field(description="The user as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `lockUser`.")
class LockUserPayload:
    user: Optional[User] = strawberry.field(description="The user as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `unlockUser`.")
class UnlockUserPayload:
    user: Optional[User] = strawberry.field(description="The user as it is now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `resetPassword`.")
class ResetPasswordPayload:
    user: Optional[User] = strawberry.field(description="The user as it is now.")
    initial_password: Optional[str] = strawberry.field(description=ONCE)
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class UserMutations:
    @strawberry.mutation(
        description="Make a user, who may do nothing until roles are assigned. Needs a sign-in and CREATE on `user` in all of"
        " its home. User names are unique everywhere: one that is taken is refused, whoever has it."
    )
    async def create_user(self, info: Info, input: Annotated[CreateUserInput, INPUT]) -> CreateUserPayload:
        password = initial_password()
        done = await carried_out(info, partial(resolvers.create_user, password), input)
        shown = password if input.kind is not UserKind.SERVICE else None
        return CreateUserPayload(user=await done.record(User), initial_password=_once(done, shown), user_errors=done.errors)

    @strawberry.mutation(
        description="Change a user: name, language, home, when they may sign in, and whom a partner speaks for. It holds at"
        " once, for open sessions and API keys too. Needs a sign-in and CHANGE on `user` in every area of the user."
    )
    async def change_user(self, info: Info, input: Annotated[ChangeUserInput, INPUT]) -> ChangeUserPayload:
        done = await carried_out(info, resolvers.change_user, input)
        return ChangeUserPayload(user=await done.record(User), user_errors=done.errors)

    @strawberry.mutation(
        description="Lock a user out: once this is answered, none of their sessions and API keys opens anything. Never oneself,"
        " nor where fewer than two administrators would be left. Needs a sign-in and BLOCK on `user` in every area of the user."
    )
    async def lock_user(self, info: Info, input: Annotated[LockUserInput, INPUT]) -> LockUserPayload:
        done = await carried_out(info, resolvers.lock_user, input)
        return LockUserPayload(user=await done.record(User), user_errors=done.errors)

    @strawberry.mutation(
        description="Let a locked user sign in again; sessions and API keys that ended stay so. Needs a sign-in and BLOCK on"
        " `user` in every area of the user."
    )
    async def unlock_user(self, info: Info, input: Annotated[UnlockUserInput, INPUT]) -> UnlockUserPayload:
        done = await carried_out(info, resolvers.unlock_user, input)
        return UnlockUserPayload(user=await done.record(User), user_errors=done.errors)

    @strawberry.mutation(
        description="Give a user an initial password: it opens one sign-in, which must set another. All sessions and API keys"
        " of the user end. Never one's own. Needs a sign-in and CHANGE on `user` in every area of the user."
    )
    async def reset_password(self, info: Info, input: Annotated[ResetPasswordInput, INPUT]) -> ResetPasswordPayload:
        password = initial_password()
        done = await carried_out(info, partial(resolvers.reset_password, password), input)
        return ResetPasswordPayload(
            user=await done.record(User), initial_password=_once(done, password), user_errors=done.errors
        )


def _once(done: Carried, secret: str | None) -> str | None:
    """A secret where the command has just been carried out, and not again."""
    return secret if done.outcome.record_id is not None and not done.outcome.again else None
