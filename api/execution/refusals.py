"""Which refusals are kept: of a right on an object. Kept outside of the transaction that they undo."""

from api.auth.standard import catalogue
from api.auth.traces import RefusedRight, note_refused
from api.execution.mapping import nodes
from domain.activity import Activity
from domain.caller import Caller
from domain.errors import Forbidden, NotFound, Problem, Refusal


def note(caller: Caller | None, request_id: str, problem: BaseException | None) -> None:
    """Keep for the caller what a problem refuses them, if it does.

    What was not found is kept as a display that was refused, whether it is hidden or not there: the two are told alike.
    """
    if caller is None or not isinstance(problem, Problem):
        return
    for refusal in problem.refusals:
        right = _right(problem, refusal)
        if right is not None and right[0] in catalogue():
            area = refusal.values.get("salesArea")
            told = {name: str(value) for name, value in refusal.values.items()}
            note_refused(RefusedRight(caller.user_id, *right, area, refusal.reason, told, request_id))


def _right(problem: Problem, refusal: Refusal) -> tuple[str, Activity] | None:
    """The object and activity that were refused; None where it is about something else."""
    match problem:
        case Forbidden() if {"object", "activity"} <= refusal.values.keys():
            return refusal.values["object"], Activity[refusal.values["activity"]]
        case NotFound():
            mapping = nodes().get(refusal.values.get("what", ""))
            return None if mapping is None else (mapping.access.object, Activity.DISPLAY)
        case _:
            return None
