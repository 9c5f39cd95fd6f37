"""What every room's tests share: where the repository and the shared test data are, and one deterministic profile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")


# Tests that take minutes of processor time, by the beginning of their id. ``./run test`` leaves them out, so that it
# takes less than a quarter of an hour on two cores; ``./run test -m long`` runs them. Before a release both are run.
_LONG = (
    "tests/assessment/test_assessment_redaction.py::test_every_document",
    "tests/claims/test_claims_guarding.py",
    "tests/claims/test_claims_hard_logs.py",
    "tests/claims/test_claims_second_way",
    "tests/cli/test_cli_against.py",
    "tests/cli/test_cli_archive.py::test_report_is_built_and_signed_for_the_archive_at_once",
    "tests/cli/test_cli_from_document.py::test_a_document_that_does_not_verify",
    "tests/cli/test_cli_outputs.py::test_two_builds_at_once",
    "tests/cli/test_cli_publish.py::test_release_log_and_a_second_policy",
    *(f"tests/cli/test_cli_documents.py::test_another_document_of_a_record_is_signed_and_made_again_byte_for_byte[{name}"
      for name in ("briefing", "dpia", "eqia", "fria")),
    *(f"tests/examples/test_examples_documents.py::test_every_signed_document_of_an_example_holds_against_programs_of_others[{name}"
      for name in ("drones", "hot-spots", "intelligence", "live-facial", "misconduct", "vehicle-links")),
    "tests/report/test_report_hostile.py::test_a_page_built_to_exhaust",
    "tests/report/test_report_hostile.py::test_a_template_that_exhausts",
    *(f"tests/report/test_report_withheld.py::{test}[{case}"
      for test in ("test_what_is_withheld_is_said_to_be_withheld_wherever_the_full_document_shows_it",
                   "test_each_version_belongs_to_its_record_and_is_computed_again")
      for case in ("answers that name people", "an answer with dates", "where it is used", "a further table",
                   "contracts")),
    "tests/signing/test_signing_attacks.py::test_the_answered_file_that_attackers_begin_with",
    "tests/signing/test_signing_attacks.py::test_the_archived_files_that_attackers_begin_with",
    "tests/signing/test_signing_attacks.py::test_what_is_done_to_an_archive_or_to_a_dissent_is_refused",
    "tests/signing/test_signing_attacks.py::test_what_is_done_with_answers_is_refused",
    "tests/signing/test_signing_levels.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(_LONG):
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of the checkout."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data(repo: Path) -> Path:
    """Published data sets that are not ours to copy in; tests that need them are skipped where they are absent."""
    folder = repo.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data sets are not on this machine")
    return folder
