"""How formulas are worked out over the figures of a line."""

from __future__ import annotations

from decimal import Decimal

from domain.errors import Refused
from domain.pricing.expressions import Faulty
from domain.pricing.formulas import Ready
from domain.pricing.prepared import ReadyStep
from domain.pricing.rounding import ZERO
from domain.pricing.rows import Line, Row


def worked_out(formula: Ready, row: Row, reference: Decimal, base: Decimal, amount: Decimal) -> Decimal:
    """A formula of the row's step over these figures. Raises Refused, naming step and line, when it cannot be worked out."""
    row.line.inputs.update(reference=reference, base=base, rate=row.rate, value=amount)
    return evaluated(formula, row.line, row.step)


def evaluated(formula: Ready, line: Line, step: ReadyStep) -> Decimal:
    """A formula over the inputs of a line as they stand."""
    try:
        figure: Decimal = formula.expression.evaluate(line.inputs)
    except Faulty as faulty:
        raise Refused(faulty.refusal(f"items.{line.index}", str(step.step.step))) from faulty
    return figure + ZERO
