"""Users, their customers, sessions and refresh tokens."""

from datetime import datetime
from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.caller import SessionKind, UserKind
from models.access import Access, OwnedByUser, PartOf, ThroughRows

OF_USER = ThroughRows("user_areas", (("user_id", "id"),), patterns=True)


class User(Model):
    """Somebody, or some machine, that signs in, from one instant up to, and not including, another.

    Lies where the user's current assignments lie; as long as there are none, in `home`, a pattern of sales areas.
    """

    access: ClassVar[Access] = Access("user", OF_USER, OwnedByUser("id"))
    id = fields.BigIntField(primary_key=True, generated=True)
    username = fields.CharField(60)
    display_name = fields.CharField(120)
    kind = fields.CharEnumField(UserKind, max_length=10)
    locale = fields.CharField(10, default="en")
    home = fields.CharField(32, default="*/*/*")
    valid_from = fields.DatetimeField(null=True)
    valid_until = fields.DatetimeField(null=True)
    password_hash = fields.CharField(255, null=True)
    password_initial = fields.BooleanField(default=False)
    password_set_at = fields.DatetimeField(null=True)
    locked_at = fields.DatetimeField(null=True)
    lock_reason = fields.CharField(200, null=True)
    search_text = fields.TextField()
    created_at = fields.DatetimeField(auto_now_add=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "users"

    def set_password(self, hashed: str, at: datetime, *, initial: bool = False) -> None:
        """Take another password; an initial one only opens a sign-in that sets the next."""
        self.password_hash, self.password_initial, self.password_set_at = hashed, initial, at

    def lock(self, at: datetime, reason: str) -> None:
        """Let nobody in as this user any more."""
        self.locked_at, self.lock_reason = at, reason

    def unlock(self) -> None:
        """Let the user in again."""
        self.locked_at, self.lock_reason = None, None


class UserCustomer(Model):
    """A customer that a partner user speaks for: their own records are the customer's."""

    access: ClassVar[Access] = Access("user", PartOf("User"))
    id = fields.BigIntField(primary_key=True, generated=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", related_name="bound_customers")
    user_id: int
    customer: fields.ForeignKeyRelation = fields.ForeignKeyField(  # type: ignore[type-arg]
        "models.Customer", related_name="bound_users", on_delete=fields.RESTRICT
    )
    customer_id: int

    class Meta:
        table = "user_customers"


class Session(Model):
    """One sign-in and all the tokens that came of it. Once ended, none of them opens anything.

    An API key and a webhook have a session of their own, so that whatever ends one ends the other's at the same moment.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", related_name="sessions")
    user_id: int
    kind = fields.CharEnumField(SessionKind, max_length=10, default=SessionKind.SIGN_IN)
    started_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.CharField(40, null=True)
    address = fields.CharField(60)

    class Meta:
        table = "sessions"


class RefreshToken(Model):
    """One link of a session's chain, kept as a digest. Used twice, it ends the session."""

    id = fields.BigIntField(primary_key=True, generated=True)
    session: fields.ForeignKeyRelation[Session] = fields.ForeignKeyField("models.Session", related_name="refresh_tokens")
    session_id: int
    digest = fields.CharField(64)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    used_with_key = fields.CharField(64, null=True)

    class Meta:
        table = "refresh_tokens"


class SignInAttempts(Model):
    """Failed sign-ins of one user name or address, whether or not such a user exists."""

    subject = fields.CharField(140, primary_key=True)
    failures = fields.IntField()
    last_at = fields.DatetimeField()

    class Meta:
        table = "sign_in_attempts"
