"""Signing in and out, and what the signed-in user is."""

from datetime import datetime
from typing import Annotated, Any, Optional

import strawberry

from api.execution.command import confidential
from api.execution.pages import row_of
from api.resolvers import policy as questions
from api.resolvers import session as resolvers
from api.schema.base import IDEMPOTENCY_KEY, USER_ERRORS, Context, Info, UserError, user_errors
from api.schema.policy import Permission, RoleAssignment, User, shown_assignments, shown_permissions
from domain.errors import Problem, Refused

COOKIE = "sdgraph_refresh"


@strawberry.input(description="Who signs in.")
class SignInInput:
    username: str = strawberry.field(description="The user name.")
    password: str = strawberry.field(description="The password.")
    new_password: Optional[str] = strawberry.field(
        default=strawberry.UNSET,
        description="A password to set at once: for who was given an initial one, and needs another to be let in.",
    )
    use_cookie: Optional[bool] = strawberry.field(
        default=False, description="For browsers: the refresh token goes into an HttpOnly cookie, and not into the answer."
    )


@strawberry.input(description="Which session to refresh.")
class RefreshSessionInput:
    refresh_token: Optional[str] = strawberry.field(
        default=strawberry.UNSET, description="The refresh token; left out where it lies in the cookie."
    )
    idempotency_key: Optional[str] = strawberry.field(
        default=strawberry.UNSET, description="Lets the same refresh be sent again for a minute when its answer was lost."
    )


@strawberry.input(description="Which sessions to end.")
class SignOutInput:
    everywhere: bool = strawberry.field(default=False, description="All your sessions, not just this one.")
    idempotency_key: Optional[str] = strawberry.field(default=strawberry.UNSET, description=IDEMPOTENCY_KEY)


@strawberry.input(description="A new password.")
class ChangePasswordInput:
    old_password: str = confidential("The password until now.")
    new_password: str = confidential("The password from now on.")
    idempotency_key: Optional[str] = strawberry.field(default=strawberry.UNSET, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What became of `signIn`.")
class SignInPayload:
    access_token: Optional[str] = strawberry.field(description="Send it as `Authorization: Bearer …`.")
    refresh_token: Optional[str] = strawberry.field(
        description="For `refreshSession`, once; null where it went into the cookie."
    )
    expires_at: Optional[datetime] = strawberry.field(description="When the access token expires.")
    user: Optional[User] = strawberry.field(description="Who signed in.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `refreshSession`.")
class RefreshSessionPayload:
    access_token: Optional[str] = strawberry.field(description="The next access token.")
    refresh_token: Optional[str] = strawberry.field(description="The next refresh token; null where it went into the cookie.")
    expires_at: Optional[datetime] = strawberry.field(description="When the access token expires.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `signOut`.")
class SignOutPayload:
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of `changePassword`.")
class ChangePasswordPayload:
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="The signed-in user: who they are and what they may, for a UI to show its buttons by.")
class Viewer:
    user: User = strawberry.field(description="Who is signed in.")
    role_assignments: list[RoleAssignment] = strawberry.field(description="Your roles and where you have them.")
    permissions: list[Permission] = strawberry.field(description="What these come to.")


@strawberry.type
class SessionQueries:
    @strawberry.field(description="The signed-in user; null when nobody is.")
    async def viewer(self, info: Info) -> Optional[Viewer]:
        if info.context.caller is None:
            return None
        authority = await info.context.reads.authority()
        return Viewer(
            user=await _myself(info.context, authority.user_id),
            role_assignments=shown_assignments(authority.policy, authority.assignments),
            permissions=shown_permissions(questions.rights(authority.policy, authority.assignments)),
        )


INPUT = strawberry.argument(description="What to do.")


@strawberry.type
class SessionMutations:
    @strawberry.mutation(
        description="Open a session. Wrong name, wrong password, a locked user and one that is not valid are answered alike."
        " With an initial password it is opened only together with a `newPassword`: REFUSED names that field, with the reason"
        " `PASSWORD_INITIAL`."
    )
    async def sign_in(self, info: Info, input: Annotated[SignInInput, INPUT]) -> SignInPayload:
        context = info.context
        try:
            if input.use_cookie:
                _check_origin(context)
            done = await resolvers.sign_in(
                context.tokens, input.username, input.password, context.address, context.request_id, input.new_password or None
            )
        except Problem as problem:
            return SignInPayload(
                access_token=None,
                refresh_token=None,
                expires_at=None,
                user=None,
                user_errors=user_errors(problem, context.language),
            )
        await context.become(context.tokens.read(done.access_token))
        return SignInPayload(
            access_token=done.access_token,
            refresh_token=_handed_out(context, done, bool(input.use_cookie)),
            expires_at=done.expires_at,
            user=await _myself(context, done.user_id),
            user_errors=[],
        )

    @strawberry.mutation(description="Exchange a refresh token for the next pair. Used twice, it ends the session.")
    async def refresh_session(self, info: Info, input: Annotated[RefreshSessionInput, INPUT]) -> RefreshSessionPayload:
        context = info.context
        use_cookie = not input.refresh_token and COOKIE in context.cookies
        try:
            if use_cookie:
                _check_origin(context)
            token = context.cookies.get(COOKIE) if use_cookie else input.refresh_token or None
            done = await resolvers.refresh_session(context.tokens, token, input.idempotency_key or None)
        except Problem as problem:
            return RefreshSessionPayload(
                access_token=None, refresh_token=None, expires_at=None, user_errors=user_errors(problem, context.language)
            )
        return RefreshSessionPayload(
            access_token=done.access_token,
            refresh_token=_handed_out(context, done, use_cookie),
            expires_at=done.expires_at,
            user_errors=[],
        )

    @strawberry.mutation(description="End this session, or all of yours: their tokens open nothing any more.")
    async def sign_out(self, info: Info, input: Annotated[SignOutInput, INPUT]) -> SignOutPayload:
        context = info.context
        try:
            await resolvers.sign_out(context.caller, input.everywhere)
        except Problem as problem:
            return SignOutPayload(user_errors=user_errors(problem, context.language))
        await context.reads.renew()
        context.set_cookies.append((COOKIE, "", 0))
        return SignOutPayload(user_errors=[])

    @strawberry.mutation(description="Set a new password. Your other sessions end, this one goes on.")
    async def change_password(self, info: Info, input: Annotated[ChangePasswordInput, INPUT]) -> ChangePasswordPayload:
        context = info.context
        outcome = await resolvers.change_password(context.caller, input)
        await context.reads.renew()
        return ChangePasswordPayload(
            user_errors=[] if outcome.problem is None else user_errors(outcome.problem, context.language)
        )


def _check_origin(context: Context) -> None:
    """The cookie is for the pages of this site and of the allowed origins. Raises Refused (FOREIGN_ORIGIN)."""
    if not context.may_use_cookie:
        raise Refused.because("FOREIGN_ORIGIN")


def _handed_out(context: Context, done: resolvers.SignedIn, use_cookie: bool) -> str | None:
    if not use_cookie:
        return done.refresh_token
    seconds = int((done.session_expires_at - done.expires_at).total_seconds())
    context.set_cookies.append((COOKIE, done.refresh_token, seconds))
    return None


async def _myself(context: Context, user_id: int) -> Any:
    return await row_of(context.reads, User, "id", user_id, own=True)
