"""Who may cancel a job, and until when."""

import pytest

from domain.jobs import CancelCase, JobStatus, refusals_to_cancel


@pytest.mark.parametrize(
    ("status", "canceller", "reasons"),
    [
        pytest.param(JobStatus.QUEUED, 1, [], id="one's own job that waits"),
        pytest.param(JobStatus.RUNNING, 1, [], id="one's own job that runs"),
        pytest.param(JobStatus.SUCCEEDED, 1, ["JOB_OVER"], id="one that is done"),
        pytest.param(JobStatus.FAILED, 1, ["JOB_OVER"], id="one that failed"),
        pytest.param(JobStatus.CANCELLED, 1, ["JOB_OVER"], id="one that was cancelled"),
        pytest.param(JobStatus.RUNNING, 2, ["JOB_OF_ANOTHER"], id="somebody else's"),
        pytest.param(JobStatus.FAILED, 2, ["JOB_OF_ANOTHER", "JOB_OVER"], id="somebody else's that is over"),
    ],
)
def test_who_may_cancel_a_job(status: JobStatus, canceller: int, reasons: list[str]) -> None:
    assert [each.reason for each in refusals_to_cancel(CancelCase(status, 1, canceller))] == reasons
