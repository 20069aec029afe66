"""The rules of the customer's parts."""

from decimal import Decimal

import pytest

from domain.customer import CommissionBasis, CustomerType
from domain.views import faults_of_commission, faults_of_part, refusals_to_archive


@pytest.mark.parametrize(
    ("field", "value", "reasons"),
    [
        pytest.param("currency", "CNY", [], id="a currency"),
        pytest.param("currency", "cny", ["CODE_MALFORMED"], id="a currency in small letters"),
        pytest.param("currency", None, ["FIELD_EMPTY"], id="a view needs a currency"),
        pytest.param("sales_district", None, [], id="a district may be empty"),
        pytest.param("sales_district", "A district", ["CODE_MALFORMED"], id="a district is a code"),
        pytest.param("incoterms", "DAP", [], id="a rule of Incoterms"),
        pytest.param("incoterms", "XYZ", ["INCOTERMS_UNKNOWN"], id="no rule of Incoterms"),
        pytest.param("reconciliation_account", "112200", [], id="an account of the ledger"),
        pytest.param("reconciliation_account", "11A", ["CODE_MALFORMED"], id="an account has digits only"),
        pytest.param("account_number", "6222 0200 1111 2222", [], id="a bank account with blanks"),
        pytest.param("account_number", "6222;DROP", ["CODE_MALFORMED"], id="no bank account"),
        pytest.param("bank_name", "中国工商银行", [], id="a bank"),
        pytest.param("bank_name", "x" * 121, ["TEXT_TOO_LONG"], id="too long a bank"),
        pytest.param("holder", "a\x00b", ["TEXT_CONTROL"], id="what no table can hold"),
        pytest.param("name", "\u200b", ["FIELD_EMPTY"], id="an invisible name"),
        pytest.param("email", "nobody", ["CODE_MALFORMED"], id="no e-mail address"),
    ],
)
def test_a_field_of_a_part(field: str, value: str | None, reasons: list[str]) -> None:
    found = faults_of_part({field: value})
    assert [each.reason for each in found] == reasons
    assert {each.field for each in found} <= {field}


@pytest.mark.parametrize(
    ("type_", "rate", "basis", "faults"),
    [
        pytest.param(CustomerType.AGENT, "2.50", CommissionBasis.AMOUNT, [], id="an agent earns"),
        pytest.param(CustomerType.DEALER, None, None, [], id="a dealer earns none"),
        pytest.param(
            CustomerType.DEALER,
            "2.50",
            CommissionBasis.AMOUNT,
            [("COMMISSION_OF_AGENTS", "commission")],
            id="a dealer cannot earn",
        ),
        pytest.param(CustomerType.AGENT, "2.50", None, [("COMMISSION_HALF", "commission")], id="of nothing"),
        pytest.param(CustomerType.AGENT, "0", CommissionBasis.AMOUNT, [("COMMISSION_RATE", "commission.rate")], id="nothing"),
        pytest.param(
            CustomerType.AGENT, "100.01", CommissionBasis.NET_OF_COST, [("COMMISSION_RATE", "commission.rate")], id="too much"
        ),
        pytest.param(
            CustomerType.AGENT, "2.125", CommissionBasis.AMOUNT, [("COMMISSION_PLACES", "commission.rate")], id="three places"
        ),
    ],
)
def test_commission(
    type_: CustomerType, rate: str | None, basis: CommissionBasis | None, faults: list[tuple[str, str]]
) -> None:
    found = faults_of_commission(type_, None if rate is None else Decimal(rate), basis)
    assert [(each.reason, each.field) for each in found] == faults


@pytest.mark.parametrize(
    ("case", "reasons"),
    [
        pytest.param({}, [], id="nobody goes by it"),
        pytest.param({"flagged": False}, ["NOT_FLAGGED"], id="not flagged"),
        pytest.param({"named_elsewhere": 1}, ["PARTNER_ELSEWHERE"], id="another ships to it"),
        pytest.param({"members": 2}, ["HEAD_OF_OTHERS"], id="it heads a group"),
        pytest.param({"pending": 1, "flagged": False}, ["NOT_FLAGGED", "PROPOSALS_PENDING"], id="something waits"),
    ],
)
def test_putting_away(case: dict[str, int], reasons: list[str]) -> None:
    given = {"flagged": True, "named_elsewhere": 0, "members": 0, "pending": 0, **case}
    assert [each.reason for each in refusals_to_archive(**given)] == reasons  # type: ignore[arg-type]  # a flag and numbers
