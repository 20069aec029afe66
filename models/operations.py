"""What migrations of this project do that Tortoise's own operations do not."""

from collections.abc import Iterable
from typing import Any

from tortoise.migrations.operations import CreateModel, TortoiseOperation


class Together(TortoiseOperation):
    """Operations that do not touch each other's fields, as one: before and after each, Tortoise renders all models anew."""

    def __init__(self, *operations: TortoiseOperation) -> None:
        self.operations = operations

    def describe(self) -> str:
        return "; ".join(each.describe() for each in self.operations)

    def state_forward(self, app_label: str, state: Any) -> None:
        """Render once what they change, when all have said what that is."""
        changed: set[tuple[str, str]] = set()

        def note(models: Iterable[tuple[str, str]]) -> None:
            changed.update(models)

        state.reload_models = note
        try:
            for each in self.operations:
                each.state_forward(app_label, state)
        finally:
            del state.reload_models
        state.reload_models(changed)

    async def database_forward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        for each in self.operations:
            await each.database_forward(app_label, old_state, new_state, state_editor)

    async def database_backward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        for each in reversed(self.operations):
            await each.database_backward(app_label, old_state, new_state, state_editor)


class ShownByView(CreateModel):
    """A model whose rows a view shows, which the migration makes by SQL of its own."""

    async def database_forward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        pass

    async def database_backward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        pass
