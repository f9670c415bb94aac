"""For GitHub: annotations beside the lines of a pull request; what a file of blocks has is told once, with the specs it is of.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import argparse

from archspec.commands.printing import Outcomes, once_told


def show(outcomes: Outcomes, options: argparse.Namespace) -> None:
    """A workflow command a problem."""
    from archspec.diagnostics.records import github, github_failure, github_notice

    for failure in outcomes.failures:
        print(github_failure(failure.path, failure.message))
    for diagnostic in once_told(outcomes):
        print(github(diagnostic))
    for result in outcomes.results:
        limits = result.facts.unchecked_budget if result.facts is not None else {}
        for name, why in limits.items():
            print(github_notice(result.source.path, f"{name} is limited by the project, and not checked here: {why}"))
